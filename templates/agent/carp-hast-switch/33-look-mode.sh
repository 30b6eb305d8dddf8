# look_mode: o_mode, o_until. Maintenance lives on the local disk, by the wall clock, and expires by itself; so does a hold.
look_mode() {
	o_mode=off o_until=0
	look_beat
	for lm_file in "$run/hold" "$db/maintenance"; do
		first_line "$lm_file" || continue
		case $lm_file in
		*/hold) lm_mode=hold lm_now=$beat ;;
		*) lm_mode=on lm_now=$(wall_clock) ;;
		esac
		if is_number "$line" && [ "$line" -gt "$lm_now" ]; then
			o_until=$line o_mode=$lm_mode
		else
			rm -f "$lm_file" 2>/dev/null
		fi
	done
}
