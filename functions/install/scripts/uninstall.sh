#!/bin/sh
# Removes what install.sh put here: the agent, its units, user, configuration, key, and the samples that
# were not posted yet. Broken off, it may be run again.
set -eu

ROOT=${HYPERVIGIL_INSTALL_ROOT:-}
HOME_DIR=$ROOT/opt/hypervigil-agent
CONFIG_DIR=$ROOT/etc/hypervigil
LINK=$ROOT/usr/local/bin/hypervigil-agent
AGENT_USER=hypervigil

say() { printf 'hypervigil: %s\n' "$*"; }

has() { command -v "$1" >/dev/null 2>&1; }

stop_units() {
  if [ -d "$ROOT/run/systemd/system" ]; then
    for unit in hypervigil-agent-update.timer hypervigil-agent-update.service hypervigil-agent.service; do
      # Not there: nothing to stop.
      systemctl disable --quiet --now "$unit" 2>/dev/null || :
    done
  fi
  rm -rf "$ROOT"/etc/systemd/system/hypervigil-agent.service* \
    "$ROOT"/etc/systemd/system/hypervigil-agent-update.* \
    "$ROOT"/etc/systemd/system/*.wants/hypervigil-agent* \
    "$ROOT"/var/lib/systemd/timers/stamp-hypervigil-agent-update.timer
  if [ -d "$ROOT/run/systemd/system" ]; then
    systemctl daemon-reload
    systemctl reset-failed 'hypervigil-agent*' 2>/dev/null || :
  fi
}

remove_user() {
  id -u "$AGENT_USER" >/dev/null 2>&1 || return 0
  if has userdel; then userdel "$AGENT_USER"; else deluser "$AGENT_USER"; fi
  # Some remove the group with its user.
  if getent group "$AGENT_USER" >/dev/null 2>&1; then
    if has groupdel; then groupdel "$AGENT_USER"; else delgroup "$AGENT_USER"; fi
  fi
}

main() {
  [ -n "$ROOT" ] || [ "$(id -u)" -eq 0 ] || {
    say 'this needs root: run it with sudo' >&2
    exit 1
  }
  if [ -e "$ROOT/usr/bin/hypervigil-agent" ]; then
    say 'the agent was installed as a package: remove it with "apt purge hypervigil-agent" or "dnf remove hypervigil-agent"' >&2
    exit 1
  fi
  enrolment=$(sed -n 's/^# host //p' "$CONFIG_DIR/key" 2>/dev/null || :)
  stop_units
  if [ "$(readlink "$LINK")" = /opt/hypervigil-agent/current/hypervigil-agent ]; then rm -f "$LINK"; fi
  rm -rf "$CONFIG_DIR" "$ROOT/var/lib/hypervigil" "$ROOT/var/lib/hypervigil-update"
  remove_user
  # This script is in it, so it goes last.
  rm -rf "$HOME_DIR"
  say 'removed; in the system journal are its old lines still'
  [ -z "$enrolment" ] || tell_of_key "${enrolment%%, enrolled at *}" "${enrolment##*, enrolled at }"
}

tell_of_key() {
  say "$2 still knows the key of host $1. Whoever has a copy of it can report as $1, until you end it:"
  say "  npm run key -- --table TABLE_NAME --revoke $1"
}

# The last line, so that a script that was cut off on its way does nothing.
main
