# ---------------------------------------------------------------- configuration

state=unknown p_agent=no p_rep=no p_lan=no
stop_wanted=no interruptible=no patience=20 bd_watch='' dm_planned=no
cluster='' node='' peer='' preferred=0
carp_interface='' carp_vhid='' carp_advbase=1
peer_replication='' peer_lan='' peer_ssh_port=22
hast_timeout=10 settle=1 boot_wait=120 on_demote_failure=alert failback=manual on_disk_error=alert on_service_failure=alert fence='' notify=''
resources='' witnesses='' storage='' notes='' services=''

declare_witness() { witnesses="$witnesses $1"; }
declare_resource() { resources="$resources $1"; }
declare_storage() { storage="$storage$*$nl"; }
describe_storage() { notes="$notes$*$nl"; }
declare_service() { services="$services$*$nl"; }
