/** A configuration that sets nothing and explains everything. Made of docs/agent.yaml by `npm run docs`. */
export const CONFIG_COMMENTS = `#
# Configuration of the Hypervigil agent: /etc/hypervigil/agent.yaml. Each setting may be left out; what
# stands here commented out is an example, or the default where that is said. docs/agent.md has more.
#
# \`agent config check\` names everything wrong with it, with line and reason.
# \`agent config show\` prints what holds, and where it came from.
# SIGHUP (kill -HUP PID) makes a running agent read it again.

# Where to post, and the file with this host's key. \`agent enroll\` sets both.
#url: https://abc123.lambda-url.eu-central-1.on.aws
#keyFile: /etc/hypervigil/key

# The label host of every series. Default: the system's name.
#host: web-1

# Labels of host_info, at most 10. docs/agent.md tells how rules and messages get them.
#tags:
#  env: prod
#  site: berlin
#  owner: storage team

# Who replaces the agent by a newer one that the deployment offers: an administrator (manual), or a
# timer (auto). The default is manual. docs/update.md has more.
#update:
#  policy: auto

# How often is measured (1s to 60s), and posted (1s to 1h). These are the defaults.
#sampleInterval: 10s
#batchInterval: 60s

# Where the host's file tree is mounted, if the agent runs in a container. Default: /
#rootDir: /host

# What is not posted yet; off keeps it in memory only. Default: $STATE_DIRECTORY/spool, or this.
#spoolDir: /var/lib/hypervigil/spool

# Whose VMs are watched, if not this host's own: an address of libvirt, read by virsh.
#libvirt:
#  uri: qemu+ssh://monitor@hv2/system?keyfile=/etc/hypervigil/hv2.key

# Any page in Prometheus' text format, at most 20.
#scrape:
#  - url: http://localhost:9100/metrics
#    job: node
#    include: node_(load1|hwmon_.*)
#    exclude: node_hwmon_chip_names
#    labels:
#      team: storage
#    maxSeries: 500
#    interval: 60s
#    timeout: 10s
#    bearerTokenFile: /etc/hypervigil/node.token

# Numbers that jobs leave in files *.prom of a folder.
#textfile:
#  directory: /var/lib/hypervigil/textfile
#  include: backup_.*
#  exclude: backup_debug_.*
#  maxSeries: 500

# Programs that print numbers in the text format, at most 20. No shell reads the command.
#exec:
#  - name: queue
#    command: [/usr/local/bin/queue-length, --all]
#    include: queue_.*
#    exclude: queue_debug_.*
#    labels:
#      team: mail
#    maxSeries: 500
#    interval: 60s
#    timeout: 10s

# Where runtimes tell the names of containers. These are the defaults.
#containers:
#  dockerSocket: /run/docker.sock
#  podmanSocket: /run/podman/podman.sock

# Services that must run, enabled or not, and those nobody wants to hear of.
#systemd:
#  units: [nginx, postgresql@16-main]
#  ignore: [apt-daily.service]

# The same of a Windows host.
#windowsServices:
#  services: [MSSQLSERVER]
#  ignore: [MapsBroker]
`;
