# ---------------------------------------------------------------- time

# look_beat -> beat: seconds, counted by the agent's loop. A step of the wall clock does not move it, nor does the time
# that a machine was frozen for.
look_beat() {
	beat=0
	[ ! -e "$run/beat" ] || settled_read "$run/beat"
	if is_number "${first:-}"; then beat=$first; fi
}

# settled_read FILE -> first, second, third: the words of its first line. Whoever writes it empties it first: once more, then.
settled_read() {
	for sr_try in 1 2 3 4 5 6 7 8; do
		first='' second='' third=''
		read -r first second third <"$1" && return 0
	done
	: "$sr_try"
	return 1
}

now() {
	look_beat
	echo "$beat"
}

# For people, and for what must outlast a reboot.
wall_clock() { date +%s; }

# boot_time: when the kernel started, seconds since the epoch, by the wall clock and moved with it; 0 when it cannot be read.
boot_time() {
	bt=$(sysctl -n kern.boottime 2>/dev/null) || bt=
	bt=${bt#*sec = }
	bt=${bt%%,*}
	is_number "$bt" || bt=0
	printf '%s' "$bt"
}
