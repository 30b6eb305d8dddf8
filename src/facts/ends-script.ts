/** The mark of a device with nothing but zeros at both ends. */
export const BLANK = 'blank';

/** Bytes at the front and at the end of a provider that are looked at; labels of every kind lie there. */
const END_BYTES = 1024 * 1024;

/**
 * Shell functions that look at both ends of a device; `dd` is how they call it (`bounded 5 dd` where a disk may
 * hang). HAST's data begin behind its metadata and a bitmap of a bit for each 2 MB, so that of a provider that much
 * more is read than of the device on it: what is blank here is blank there.
 *
 * - `media_of DEVICE` sets `media` and `sector`, in bytes; a regular file has sectors of 512 bytes (hastd).
 * - `ends_mark DEVICE provider|device` prints `blank` for zeros throughout, `unreadable`, or a checksum and the bytes read.
 */
export function endsFunctions(dd = 'dd'): string {
  return `media_of() {
	media='' sector=512
	if [ -f "$1" ] && ! diskinfo "$1" >/dev/null 2>&1; then
		media=$(stat -L -f %z "$1" 2>/dev/null </dev/null)
		return
	fi
	# shellcheck disable=SC2046 # the columns are words
	set -- $(diskinfo "$1" 2>/dev/null </dev/null)
	sector=\${2:-512} media=\${3-}
}
front_blocks() {
	_front=${END_BYTES}
	[ "$1" != provider ] || _front=$((_front + media / 16777216 + 131072))
	_blocks=$(((_front + 65535) / 65536))
	[ $((_blocks * 65536)) -le "$media" ] || _blocks=$((media / 65536))
	echo "$_blocks"
}
ends() {
	_blocks=$(front_blocks "$2")
	[ "$_blocks" -eq 0 ] || ${dd} if="$1" bs=65536 count="$_blocks" 2>/dev/null || return 1
	if [ "$media" -lt ${END_BYTES} ]; then
		${dd} if="$1" bs="$sector" skip=$((media / 65536 * 65536 / sector)) 2>/dev/null
	else
		${dd} if="$1" bs=65536 skip=$((media / 65536 - 16)) 2>/dev/null
	fi
}
ends_mark() {
	media_of "$1"
	case $media in ''|0|*[!0-9]*) echo unreadable; return ;; esac
	_sum=$({ { ends "$@" || echo unreadable >&3; } | cksum; } 3>&1)
	_least=${2 * END_BYTES}
	[ "$media" -ge "$_least" ] || _least=$media
	case $_sum in *unreadable*) echo unreadable; return ;; esac
	# shellcheck disable=SC2086 # the checksum and the number of bytes are words
	set -- "$1" "$2" $_sum
	if [ "$4" -lt "$_least" ]; then echo unreadable; return; fi
	if [ "$(ends "$1" "$2" | LC_ALL=C tr -d '\\000' | head -c 1 | wc -c)" -eq 0 ]; then
		echo blank
	else
		echo "$3-$4"
	fi
}
`;
}

/**
 * `ends_labels DEVICE`: the bytes where labels begin, after `media_of`. The front as od prints it, without lines
 * that repeat; elsewhere `at OFFSET` and 128 bytes. Offsets are multiples of 4096, but for the last sector.
 */
export const ENDS_LABELS = `bytes_at() {
	[ "$2" -ge 0 ] && [ "$2" -lt "$media" ] || return 0
	printf 'at %s' $(($2 / sector * sector))
	bounded 5 dd if="$1" bs="$sector" skip=$(($2 / sector)) count=1 2>/dev/null | od -A n -v -t x1 -N 128 | tr -d '\\n'
	echo
}
ends_labels() {
	bounded 5 dd if="$1" bs=8192 count=1 2>/dev/null | od -A d -t x1
	_pool=$((media / 262144 * 262144))
	for _offset in 16384 32768 65536 278528 1048576 $((_pool - 507904)) $((_pool - 245760)) \\
		$((media / 65536 * 65536 - 65536)) $((media / 4096 * 4096 - 8192)) $((media - sector)); do
		bytes_at "$1" "$_offset"
	done
}
`;

/**
 * For steps, beside the functions above: `wipe_ends DEVICE`, after `media_of`, writes zeros where `ends_mark` looks at
 * a provider; `content_name DEVICE` says what is there, for a message.
 */
export const WIPE_FUNCTIONS = `wipe_ends() {
	_blocks=$(front_blocks provider) _end=$((media / 65536)) _first=0
	[ "$_end" -lt 16 ] || _first=$((_end - 16))
	dd if=/dev/zero of="$1" bs=65536 count="$_blocks" conv=notrunc 2>/dev/null || return 1
	dd if=/dev/zero of="$1" bs=65536 seek="$_first" count=$((_end - _first)) conv=notrunc 2>/dev/null || return 1
	[ $((media % 65536)) -eq 0 ] || dd if=/dev/zero of="$1" bs="$sector" seek=$((_end * 65536 / sector)) \\
		count=$((media % 65536 / sector)) conv=notrunc 2>/dev/null
}
content_name() {
	if _name=$(fstyp -u "$1" 2>/dev/null) && [ -n "$_name" ]; then echo "it holds $_name"; return; fi
	if gpart show "\${1#/dev/}" >/dev/null 2>&1; then echo "it has a partition table"; return; fi
	_name=$(dd if="$1" bs=4096 count=1 2>/dev/null | head -c 14 | tail -c 8 | tr -d '\\000')
	if [ "$_name" = resource ]; then echo "it holds HAST metadata of another resource"; return; fi
	echo "it holds data that is not recognised"
}
`;
