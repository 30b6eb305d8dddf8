# ---------------------------------------------------------------- metrics

# status_metrics: the same as status, in the text format of Prometheus (node_exporter takes it as a text file). Names and
# labels are those of "hastconf status --metrics".
status_metrics() {
	sm_of="{cluster=\"$cluster\",node=\"$node\"}"
	gauge serving 'This node has the storage.' "$(one_if "$state" serving)"
	gauge standby 'This node is a standby.' "$(one_if "$state" standby)"
	gauge fresh 'This copy has all the data.' "$(one_if "$r_fresh" fresh)"
	gauge epoch 'Promotions of this copy.' "$r_epoch"
	gauge agreed_epoch 'Epoch at which both copies were last the same.' "$r_agreed"
	gauge maintenance 'No fail-over by or to this node.' "$(one_if "$o_mode" on)"
	gauge hastd_up 'hastd answers.' "$([ "$o_roles" = no-hastd ] && echo 0 || echo 1)"
	gauge carp_master 'This node holds the address.' "$(one_if "$o_carp" MASTER)"
	gauge last_transition_timestamp_seconds 'When the node last changed its role.' "$r_at"
	gauge last_transition_duration_seconds 'How long that took.' "$r_seconds"
	metrics_resources
	metrics_alarms
}

one_if() { if [ "$1" = "$2" ]; then echo 1; else echo 0; fi; }

gauge() { # NAME HELP VALUE
	gauge_head "$1" "$2"
	printf 'hastconf_%s%s %s\n' "$1" "$sm_of" "$3"
}

gauge_head() { printf '# HELP hastconf_%s %s\n# TYPE hastconf_%s gauge\n' "$1" "$2" "$1"; }

# Every sample of a metric must stand below its own head.
metrics_resources() {
	for mr_metric in primary connected dirty_bytes local_errors; do
		case $mr_metric in
		primary) mr_help='The resource is primary here.' ;;
		connected) mr_help='The resource is connected to the other node.' ;;
		dirty_bytes) mr_help='Bytes that the other copy lacks.' ;;
		*) mr_help='I/O errors of the local provider since its worker started.' ;;
		esac
		gauge_head "resource_$mr_metric" "$mr_help"
		while read -r mr_name mr_role mr_state mr_dirty mr_errors; do
			[ -n "$mr_name" ] || continue
			case $mr_metric in
			primary) mr_value=$(one_if "$mr_role" primary) ;;
			connected) mr_value=$(one_if "$mr_state" complete) ;;
			dirty_bytes) mr_value=$mr_dirty ;;
			*) mr_value=$mr_errors ;;
			esac
			printf 'hastconf_resource_%s%s,resource="%s"} %s\n' "$mr_metric" "${sm_of%\}}" "$mr_name" "$mr_value"
		done <<-EOF
			$o_hast
		EOF
	done
}

metrics_alarms() {
	gauge_head alarm_since_timestamp_seconds 'Since when an alarm holds.'
	for ma_name in $(alarm_names); do
		printf 'hastconf_alarm_since_timestamp_seconds%s,alarm="%s"} %s\n' "${sm_of%\}}" "$ma_name" "$(alarm_since "$ma_name")"
	done
}
