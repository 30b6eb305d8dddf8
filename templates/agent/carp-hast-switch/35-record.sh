# ---------------------------------------------------------------- the record

# r_epoch counts promotions of this copy, and the times that its primary lost its secondary: whenever its
# data starts to differ. r_agreed is the epoch at which both copies were last known to be the same.
load_record() {
	r_epoch=0 r_agreed=0 r_peer_epoch=0 r_fresh=unknown r_role=none
	r_from='' r_to='' r_reason='' r_seconds=0 r_at=0
	[ -r "$db/record" ] || return 0
	while IFS='=' read -r lr_key lr_value; do
		case $lr_key in
		epoch) is_number "$lr_value" && r_epoch=$lr_value ;;
		agreed) is_number "$lr_value" && r_agreed=$lr_value ;;
		peer_epoch) is_number "$lr_value" && r_peer_epoch=$lr_value ;;
		seconds) is_number "$lr_value" && r_seconds=$lr_value ;;
		at) is_number "$lr_value" && r_at=$lr_value ;;
		fresh) case $lr_value in fresh | stale) r_fresh=$lr_value ;; esac ;;
		role) r_role=$lr_value ;;
		from) r_from=$lr_value ;;
		to) r_to=$lr_value ;;
		reason) r_reason=$lr_value ;;
		esac
	done <"$db/record"
	return 0
}

save_record() {
	write_file "$db/record" "epoch=$r_epoch
agreed=$r_agreed
peer_epoch=$r_peer_epoch
fresh=$r_fresh
role=$r_role
from=$r_from
to=$r_to
reason=$r_reason
seconds=$r_seconds
at=$r_at
"
}

set_fresh() { # fresh|stale|unknown WHY
	[ "$r_fresh" = "$1" ] && return 0
	log "copy: $r_fresh -> $1: $2"
	r_fresh=$1
	save_record
}

# compare_epochs E AGREED PEER-E PEER-AGREED -> relation. Each copy is compared with the other's last agreed
# epoch: a lower one that the higher one's agreement covers is simply behind; two that moved apart are diverged.
compare_epochs() {
	relation=diverged
	if [ "$1" -eq "$3" ]; then
		if [ "$2" -ge "$1" ] || [ "$4" -ge "$1" ]; then relation=equal; fi
	elif [ "$1" -gt "$3" ]; then
		if [ "$2" -ge "$3" ] || [ "$4" -ge "$3" ]; then relation=ahead; fi
	else
		if [ "$4" -ge "$1" ] || [ "$2" -ge "$1" ]; then relation=behind; fi
	fi
}

# Without the peer's word: a copy that moved on alone is the last one; one that met its peer since boot
# and has stayed in touch is as good as the peer's.
epoch_from_memory() {
	if [ -e "$run/diverged" ]; then
		relation=diverged
	elif [ "$r_epoch" -gt "$r_agreed" ]; then
		relation=ahead
	elif [ -e "$run/met" ]; then
		relation=equal
	else
		relation=unknown
	fi
}
