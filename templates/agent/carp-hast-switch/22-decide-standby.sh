decide_standby() {
	case $d_request$d_mode in
	promote* | force*) decide_request ;;
	*on) verdict none maintenance 240 ;;
	*hold) verdict none hold 240 ;;
	*) decide_standby_quiet ;;
	esac
}

decide_standby_quiet() {
	d_skew=240
	case $d_fresh$d_epoch in
	freshbehind) ;;
	fresh*) d_skew=20 ;;
	esac
	case $d_carp$d_phase$d_peer$d_preferred$d_connected$d_skew$d_epoch in
	MASTER*) decide_master ;;
	?*bootunasked*) verdict ask boot keep ;;
	?*bootstandbyyesyes20equal | ?*bootstandbyyesyes20ahead) verdict promote boot-preferred 0 ;;
	*) verdict none standby "$d_skew" ;;
	esac
}

# Not primary, and nobody but this node advertises the address.
decide_master() {
	case $d_peer in
	unasked) verdict ask carp-master keep && return ;;
	serving | primary) verdict none peer-serving 240 && return ;;
	leaving) verdict wait peer-leaving keep && return ;;
	esac
	case $d_connected$d_fresh$d_epoch$d_peer in
	no*) verdict none isolated 240 ;;
	yesstale* | yesunknown*) verdict none not-fresh 240 ;;
	yesfreshbehind*) verdict none behind 240 ;;
	*silent) verdict none peer-silent 240 ;;
	yesfreshunknown*) verdict none last-data-unknown 240 ;;
	*dead) decide_master_dead ;;
	yesfreshequalstandby) decide_master_tie ;;
	*) verdict promote carp-master 0 ;;
	esac
}

decide_master_dead() {
	case $d_phase in
	boot) verdict none waiting-peer 240 ;;
	*) verdict promote peer-dead 0 ;;
	esac
}

decide_master_tie() {
	case $d_phase$d_preferred in
	bootno) verdict none boot-peer-first 240 ;;
	*) verdict promote carp-master 0 ;;
	esac
}

# The operator wants this node to serve. --force overrules freshness and silence, never a peer that is primary.
decide_request() {
	case $d_peer$d_fresh$d_epoch$d_connected in
	unasked*) verdict ask requested keep && return ;;
	leaving*) verdict wait peer-leaving keep && return ;;
	servingfreshequalyes | primaryfreshequalyes) verdict takeover requested keep && return ;;
	servingfreshequalno | primaryfreshequalno) verdict none isolated 240 && return ;;
	serving* | primary*) verdict none not-fresh 240 && return ;;
	esac
	case $d_request$d_connected$d_fresh$d_epoch$d_peer in
	force*) verdict promote forced 0 ;;
	promoteno*) verdict none isolated 240 ;;
	promoteyesstale* | promoteyesunknown*) verdict none not-fresh 240 ;;
	promoteyesfreshbehind*) verdict none behind 240 ;;
	*silent) verdict none peer-silent 240 ;;
	promoteyesfreshunknown*) verdict none last-data-unknown 240 ;;
	*) verdict promote requested 0 ;;
	esac
}
