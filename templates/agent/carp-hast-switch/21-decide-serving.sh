decide_serving() {
	if [ "$d_request" = demote ]; then
		case $d_peer$d_mode in
		unasked*) verdict ask requested keep ;;
		standby* | *on) verdict demote requested 240 ;;
		*) verdict none peer-not-ready 0 ;;
		esac
		return
	fi
	case $d_peer$d_epoch in
	servingbehind | primarybehind) verdict retire two-primaries 240 ;;
	servingahead | primaryahead) verdict none two-primaries 0 ;;
	serving* | primary*) decide_two_primaries two-primaries ;;
	*) decide_serving_alone ;;
	esac
}

decide_serving_alone() {
	if [ "$d_mode" = on ]; then
		verdict none serving 0
	elif [ "$d_connected" = yes ]; then
		case $d_carp$d_peer in
		BACKUPunasked) verdict ask address-elsewhere keep ;;
		BACKUP*) verdict none address-elsewhere 0 ;;
		*) verdict none serving 0 ;;
		esac
	else
		case $d_peer in
		unasked) verdict ask disconnected keep ;;
		standby) verdict demote disconnected 240 ;;
		dead) verdict demote isolated 240 ;;
		*) verdict none disconnected 0 ;;
		esac
	fi
}

# All primary, but not all attached: a promotion that was cut off, or hastconf's first set-up.
decide_half() {
	case $d_request$d_mode in
	demote*) verdict demote requested 240 && return ;;
	noneon) verdict none maintenance keep && return ;;
	esac
	case $d_peer$d_epoch in
	unasked*) verdict ask half-promoted keep && return ;;
	servingbehind | servingequal | primarybehind | primaryequal) verdict demote peer-serving 240 && return ;;
	serving* | primary*) verdict retire two-primaries 240 && return ;;
	leaving*) verdict wait peer-leaving keep && return ;;
	esac
	case $d_request$d_connected$d_peer$d_fresh$d_epoch in
	force*) verdict promote forced 0 ;;
	noneno* | promoteno*) verdict demote isolated 240 ;;
	*yessilent*) verdict none peer-silent 240 ;;
	*stale?*) verdict demote not-fresh 240 ;;
	*behind) verdict demote behind 240 ;;
	*) decide_half_finish ;;
	esac
}

decide_half_finish() {
	if [ "$d_mode" = hold ]; then
		verdict none hold 240
		return
	fi
	case $d_fresh$d_peer$d_epoch in
	fresh*) verdict promote half-promoted 0 ;;
	unknownstandbyequal | unknowndownequal | unknownstandbyahead | unknowndownahead) verdict promote half-promoted 0 ;;
	*) verdict none not-fresh 240 ;;
	esac
}
