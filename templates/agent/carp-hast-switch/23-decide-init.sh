# No roles yet: just booted, or hastd was restarted. Secondary first, but only once the epochs were compared.
decide_init() {
	case $d_mode$d_request$d_peer$d_epoch in
	onnone* | ondemote*) verdict none maintenance 240 ;;
	*unasked*) verdict ask no-roles keep ;;
	*servingahead | *primaryahead | *leavingahead) verdict none ahead-of-primary 240 ;;
	*servingunknown | *primaryunknown | *leavingunknown) verdict none epoch-unknown 240 ;;
	*standbyunknown | *downunknown) verdict none epoch-unknown 240 ;;
	*serving* | *primary* | *leaving* | *standby* | *down*) verdict secondary returning 240 ;;
	*forcesilent* | *forcedead*) verdict promote forced 0 ;;
	*silent*) verdict none waiting-peer 240 ;;
	*) decide_init_dead ;;
	esac
}

# Only a copy that knows it is the last one goes on without the peer.
decide_init_dead() {
	case $d_connected$d_mode$d_fresh$d_epoch in
	no*) verdict none isolated 240 && return ;;
	yeshold*) verdict none hold 240 && return ;;
	*freshahead | *freshequal) ;;
	*freshunknown | *freshbehind) verdict none last-data-unknown 240 && return ;;
	*) verdict none not-fresh 240 && return ;;
	esac
	case $d_phase$d_carp$d_request in
	*promote) verdict promote requested 0 ;;
	boot*) verdict none waiting-peer 240 ;;
	*MASTER*) verdict promote alone 0 ;;
	*) verdict none standby-alone 20 ;;
	esac
}

# Some resources are primary, some are not.
decide_mixed() {
	case $d_mode$d_request$d_mounts$d_peer in
	*demote*) verdict demote requested 240 ;;
	on*) verdict none maintenance keep ;;
	*unasked) verdict ask mixed-roles keep ;;
	*noneserving | *noneprimary | *noneleaving | *nonestandby | *nonedown) decide_mixed_undo ;;
	*nonesilent) verdict retire mixed-roles 240 ;;
	*nonedead) decide_mixed_dead ;;
	*standby) verdict demote partial 240 ;;
	*serving | *primary) verdict retire two-primaries 240 ;;
	*) verdict none partial 0 ;;
	esac
}

decide_mixed_undo() {
	case $d_epoch in
	equal | behind) verdict demote mixed-roles 240 ;;
	*) verdict retire mixed-roles 240 ;;
	esac
}

# A promotion that was cut off goes on.
decide_mixed_dead() {
	case $d_phase$d_carp$d_connected$d_fresh$d_epoch in
	runMASTERyesfreshequal | runMASTERyesfreshahead) verdict promote peer-dead 0 ;;
	*) verdict retire mixed-roles 240 ;;
	esac
}
