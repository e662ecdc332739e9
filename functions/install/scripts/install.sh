#!/bin/sh
# Installs Hypervigil's agent on this host, or brings it up to date; run it again whenever you like.
#
#   curl -fsSL @URL@/install.sh | sudo sh
#
# It asks for the enrolment token. Everything else is in `install.sh --help` and docs/install.md.
set -eu

# What the deployment that serves this script puts in. Text in single quotes has none in it.
URL='@URL@'
VERSION='@VERSION@'

# The description of the release: to the byte what was signed.
release_description() {
  cat <<'END_OF_RELEASE'
@RELEASE@
END_OF_RELEASE
}

SIGNATURE='@SIGNATURE@'

release_key() {
  cat <<'END_OF_KEY'
@RELEASE_KEY@
END_OF_KEY
}

# The text of a unit of systemd.
unit() {
  case $1 in
  hypervigil-agent.service)
    cat <<'END_OF_UNIT'
@AGENT_SERVICE@
END_OF_UNIT
    ;;
  hypervigil-agent-update.service)
    cat <<'END_OF_UNIT'
@UPDATE_SERVICE@
END_OF_UNIT
    ;;
  hypervigil-agent-update.timer)
    cat <<'END_OF_UNIT'
@UPDATE_TIMER@
END_OF_UNIT
    ;;
  esac
}

uninstall_script() {
  cat <<'END_OF_UNINSTALL'
@UNINSTALL@
END_OF_UNINSTALL
}

UNITS='hypervigil-agent.service hypervigil-agent-update.service hypervigil-agent-update.timer'
SERVICE=hypervigil-agent.service
TIMER=hypervigil-agent-update.timer
AGENT_USER=hypervigil

# For tests: everything is put below it.
ROOT=${HYPERVIGIL_INSTALL_ROOT:-}
HOME_DIR=$ROOT/opt/hypervigil-agent
CONFIG_DIR=$ROOT/etc/hypervigil
STATE_DIR=$ROOT/var/lib/hypervigil
UPDATE_DIR=$ROOT/var/lib/hypervigil-update
UNIT_DIR=$ROOT/etc/systemd/system
KEY_FILE=$CONFIG_DIR/key
LINK=$ROOT/usr/local/bin/hypervigil-agent
EXECUTABLE=$HOME_DIR/current/hypervigil-agent
# There while what was put in place is not yet what runs.
UNFINISHED=$HOME_DIR/.unfinished

# Until the first batch is stored: an agent posts once a minute, at a second of its own.
WAIT_SECONDS=${HYPERVIGIL_INSTALL_WAIT_SECONDS:-180}
# Another run of this script, or of `hypervigil-agent update`, is done by then.
LOCK_SECONDS=900

ACTION=install
TOKEN_FILE=
TOKEN=
HOST_NAME=
FROM=
PINNED_KEY=
REPLACE=false
START=true
STAGING=
# Its settings, while it is told not to show what is typed.
TERMINAL=
IS_TIMER_STOPPED=false
HAS_CHANGED=false

usage() {
  cat <<END_OF_USAGE
Installs Hypervigil's agent $VERSION for $URL, or brings it up to date.

  sh install.sh [install] [option ...]
  sh install.sh uninstall

The enrolment token is asked for. Without a terminal, or to say it otherwise:
  --token-file FILE   read it from a file; "-" is standard input, which with "curl | sh" is this script
  variable            HYPERVIGIL_ENROLMENT_TOKEN
A host that has its key needs no token.

  --host NAME         the host's name, if not the system's
  --replace           forget the key that is there and enrol with a token
  --url URL           another address of the deployment
  --from DIR          take the release from a folder (dist/agent of the build) instead of downloading it
  --release-key FILE  trust what this key (PEM) signed, not what the key in this script did
  --no-start          install and enrol, and start nothing
END_OF_USAGE
}

say() { printf 'hypervigil: %s\n' "$*"; }

die() {
  printf 'hypervigil: %s\n' "$*" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

parse_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
    --token | --token=*) die '--token: others on this host could read it; use --token-file FILE' ;;
    --*=*)
      argument=$1
      shift
      set -- "${argument%%=*}" "${argument#*=}" "$@"
      continue
      ;;
    --token-file | --host | --url | --from | --release-key)
      [ $# -ge 2 ] || die "$1: says nothing"
      case $1 in
      --token-file) TOKEN_FILE=$2 ;;
      --host) HOST_NAME=$2 ;;
      --url) URL=${2%/} ;;
      --from) FROM=${2%/} ;;
      --release-key) PINNED_KEY=$2 ;;
      esac
      shift
      ;;
    --replace) REPLACE=true ;;
    --no-start) START=false ;;
    install | uninstall) ACTION=$1 ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) die "$1: no such option; --help names them" ;;
    esac
    shift
  done
  case $URL in
  https://* | http://127.0.0.1* | http://localhost* | 'http://[::1]'*) ;;
  http://*) say "$URL is not encrypted: who listens sees the token, and can change what is installed" >&2 ;;
  *) die "$URL: not an address such as https://example.org" ;;
  esac
}

platform() {
  [ "$(uname -s)" = Linux ] || die "this script is for Linux, not for $(uname -s)"
  case $(uname -m) in
  x86_64 | amd64) echo linux-x64 ;;
  aarch64 | arm64) echo linux-arm64 ;;
  *) die "there is no agent for the processor $(uname -m): x86_64 and aarch64 it runs on" ;;
  esac
}

# A value of this platform's file in the description. Its lines are in a fixed form and order.
file_fact() {
  release_description | sed -n "/\"files\": \[/,/^  \]/{/\"platform\": \"$PLATFORM\"/,/}/s/^ *\"$1\": \"\{0,1\}\([^\",]*\).*/\1/p;}"
}

sha256_of() {
  if has sha256sum; then
    set -- "$(sha256sum <"$1")"
  elif has shasum; then
    set -- "$(shasum -a 256 <"$1")"
  elif has openssl; then
    set -- "$(openssl dgst -sha256 -r <"$1")"
  else
    die 'none of sha256sum, shasum and openssl is here, and without one nothing can be checked'
  fi
  echo "${1%% *}"
}

# --- One at a time, and nothing left behind

enter() {
  mkdir -p "$HOME_DIR/versions"
  exec 9>"$HOME_DIR/.lock"
  if has flock && ! flock -n 9; then
    say "another installation or update runs; waiting for it"
    flock -w "$LOCK_SECONDS" 9 || die "it has not ended for $LOCK_SECONDS s: is it stuck?"
  fi
  trap leave EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  wait_for_updater
  # A run before may have changed what the service has not been restarted for.
  if [ -e "$UNFINISHED" ]; then HAS_CHANGED=true; fi
  : >"$UNFINISHED"
  # Of a run that was killed.
  rm -rf "$HOME_DIR"/.install-* "$HOME_DIR/.current-next" "$HOME_DIR/current.new"
  STAGING=$(mktemp -d "$HOME_DIR/.install-XXXXXX")
}

# However this ends, but for SIGKILL.
leave() {
  if [ -n "$TERMINAL" ]; then stty "$TERMINAL" </dev/tty; fi
  if [ -n "$STAGING" ]; then rm -rf "$STAGING"; fi
  if [ "$IS_TIMER_STOPPED" = true ]; then systemctl start "$TIMER" || :; fi
}

# `hypervigil-agent update` holds a name among the system's sockets while it works. So can everybody, but
# nobody else can be a process of root's.
wait_for_updater() {
  if is_systemd && systemctl is-active --quiet "$TIMER"; then
    IS_TIMER_STOPPED=true
    systemctl stop "$TIMER"
  fi
  [ -d "$UPDATE_DIR" ] || return 0
  name=@hypervigil-spool-$(stat -c '%d-%i' "$UPDATE_DIR")
  waited=0
  while grep -q -e "$name\$" /proc/net/unix 2>/dev/null && is_updater_there; do
    [ "$waited" -gt 0 ] || say "an update runs; waiting for it"
    [ "$waited" -lt "$LOCK_SECONDS" ] || die "it has not ended for $LOCK_SECONDS s: \"systemctl stop hypervigil-agent-update\" ends it"
    sleep 1
    waited=$((waited + 1))
  done
}

is_updater_there() {
  own=$(real_user /proc/$$)
  for process in /proc/[0-9]*; do
    [ "$(real_user "$process")" = "$own" ] || continue
    case $(tr '\0' '\n' 2>/dev/null <"$process/cmdline" | sed -n '1,2s/.*hypervigil-agent$/agent/p; s/^update$/update/p') in
    *agent*update*) return 0 ;;
    esac
  done
  return 1
}

real_user() { sed -n 's/^Uid:[[:space:]]*\([0-9]*\).*/\1/p' "$1/status" 2>/dev/null; }

# --- The token, or the host's key

read_key() {
  [ -f "$KEY_FILE" ] || return 1
  sed -n '1{s/[[:space:]]*$//;p;}' "$KEY_FILE"
}

key_owner() { sed -n 's/^# host \([^ ]*\), enrolled at .*/\1/p' "$KEY_FILE"; }

# On a copied disk is the key of another host.
is_key_of_other() {
  owner=$(key_owner)
  [ -n "$owner" ] && [ "$owner" != "${HOST_NAME:-$(uname -n)}" ] &&
    ! grep -q '^host:' "$CONFIG_DIR/agent.yaml" 2>/dev/null
}

has_token() { [ -n "$TOKEN_FILE" ] || [ -n "${HYPERVIGIL_ENROLMENT_TOKEN:-}" ]; }

# A key goes to the deployment it is of, and to no other.
check_key_is_of_deployment() {
  enrolled_at=$(sed -n 's/^# host .*, enrolled at //p' "$KEY_FILE")
  case $URL/ in
  "${enrolled_at:-$URL}"/*) ;;
  *) die "this host is enrolled at $enrolled_at, and this script is of $URL: --replace leaves the one for the other" ;;
  esac
}

read_token() {
  set +x
  TOKEN=${HYPERVIGIL_ENROLMENT_TOKEN:-}
  unset HYPERVIGIL_ENROLMENT_TOKEN
  if [ "$TOKEN_FILE" = - ]; then
    read -r TOKEN || [ -n "$TOKEN" ] ||
      die 'no token on standard input. With "curl | sh" this script itself is on it: leave --token-file away to be asked, or name a file'
  elif [ -n "$TOKEN_FILE" ]; then
    [ -r "$TOKEN_FILE" ] || die "$TOKEN_FILE: can't be read"
    TOKEN=$(cat "$TOKEN_FILE")
  elif [ -z "$TOKEN" ]; then
    ask_for_token
  fi
  TOKEN=$(printf '%s' "$TOKEN" | tr -d '[:space:]')
  is_secret "$TOKEN" hve_ || die 'this is no enrolment token: one is "hve_" and 32 letters'
}

ask_for_token() {
  # Only a terminal can be opened so.
  if ! (: </dev/tty >/dev/tty) 2>/dev/null; then
    die 'no enrolment token, and no terminal to ask on: give --token-file FILE, or set HYPERVIGIL_ENROLMENT_TOKEN'
  fi
  TERMINAL=$(stty -g </dev/tty)
  stty -echo </dev/tty
  printf 'Enrolment token for %s (not shown): ' "$URL" >/dev/tty
  read -r TOKEN </dev/tty || TOKEN=
  stty "$TERMINAL" </dev/tty
  TERMINAL=
  printf '\n' >/dev/tty
}

# Is it the prefix and 32 letters of base64url? So nothing in it means anything to curl's configuration.
is_secret() {
  case $1 in
  "$2"*[!A-Za-z0-9_-]*) return 1 ;;
  "$2"????????????????????????????????) ;;
  *) return 1 ;;
  esac
}

# --- Download

# Gets a file of the release with the credential. The deployment may send us on to where its files
# lie; nobody there is told the credential, so no redirect is followed by itself.
download() {
  request "$URL/v1/agent/files/$1" "$2" "$CREDENTIAL"
  case $STATUS in
  301 | 302 | 303 | 307 | 308)
    case $LOCATION in
    https://*) ;;
    http://*) case $URL in https://*) die "$URL sends us to ${LOCATION%%\?*}, which is not encrypted" ;; esac ;;
    *) die "$URL sends us to \"$LOCATION\", which is no address" ;;
    esac
    request "$LOCATION" "$2" ''
    ;;
  esac
  case $STATUS in
  200) ;;
  000) die "$1 could not be downloaded from $URL: $(tail -n 1 "$STAGING/log")" ;;
  *) die "$1: the deployment answered $STATUS: $(message_in "$2")" ;;
  esac
}

message_in() {
  said=$(head -c 2000 "$1" 2>/dev/null | sed -n 's/\\"/'"'"'/g;s/.*"message":"\([^"]*\)".*/\1/p')
  echo "${said:-nothing that can be read}"
}

# Requests an address: sets STATUS (000: no answer) and LOCATION. The credential stands in no argument,
# which others could see.
request() {
  STATUS=000
  LOCATION=
  : >"$2"
  if has curl; then
    request_by_curl "$@"
  elif wget --version 2>/dev/null | grep -q '^GNU Wget 1'; then
    request_by_wget "$@"
  else
    die 'neither curl nor GNU Wget is here: install one of them (other programs would show the token to everyone on this host)'
  fi
}

request_by_curl() {
  line=
  if [ -n "$3" ]; then line="header = \"Authorization: Bearer $3\""; fi
  answer=$(
    curl -q -sS -g --retry 5 --connect-timeout 20 --max-time 1800 --speed-time 60 --speed-limit 100 \
      -o "$2" -w '%{http_code} %{redirect_url}' -K - "$1" 2>"$STAGING/log" <<END_OF_CONFIG
$line
END_OF_CONFIG
  ) || {
    STATUS=000
    return 0
  }
  STATUS=${answer%% *}
  LOCATION=${answer#* }
}

request_by_wget() {
  (
    umask 077
    printf '%s\n' 'robots = off' ${3:+"header = Authorization: Bearer $3"} >"$STAGING/wgetrc"
  )
  # It ends with 8 for a redirect it must not follow, and for what the server refuses.
  WGETRC=$STAGING/wgetrc wget --no-verbose --server-response --max-redirect=0 --content-on-error \
    --tries=5 --waitretry=10 --timeout=60 -O "$2" "$1" 2>"$STAGING/log" || :
  rm -f "$STAGING/wgetrc"
  STATUS=$(sed -n 's/^ *HTTP\/[0-9.]* \([0-9][0-9][0-9]\).*/\1/p' "$STAGING/log" | tail -n 1)
  STATUS=${STATUS:-000}
  LOCATION=$(sed -n 's/^ *[Ll]ocation: *\([^ ]*\).*/\1/p' "$STAGING/log" | tail -n 1 | tr -d '\r')
}

check_space() {
  needed=$((($(file_fact bytes) + $(file_fact unpackedBytes)) / 1024 + 1024))
  free=$(df -Pk "$HOME_DIR" | {
    read -r _
    read -r _ _ _ free _
    echo "$free"
  })
  [ "${free:-$needed}" -ge "$needed" ] ||
    die "$HOME_DIR: $((free / 1024)) MB are free, and $((needed / 1024)) MB are needed"
}

# --- What was downloaded is what was signed

# With openssl if it knows how; else the new executable itself tells, once its hash was found right.
check_signature() {
  release_description >"$STAGING/release.json"
  printf '%s' "$SIGNATURE" >"$STAGING/release.json.sig"
  if [ -n "$PINNED_KEY" ]; then cat "$PINNED_KEY" >"$STAGING/key.pem"; else release_key >"$STAGING/key.pem"; fi
  if has openssl && has base64 && openssl pkeyutl -help 2>&1 | grep -q -e -rawin; then
    base64 -d <"$STAGING/release.json.sig" >"$STAGING/signature" || die 'the signature of the release is no base64'
    if openssl pkeyutl -verify -pubin -inkey "$STAGING/key.pem" -rawin -in "$STAGING/release.json" \
      -sigfile "$STAGING/signature" >"$STAGING/log" 2>&1; then
      return 0
    fi
    ! grep -q -i 'verification failure' "$STAGING/log" || die 'the release is not signed by the key it should be signed by: nothing was installed'
  fi
  [ -z "$PINNED_KEY" ] || die "--release-key needs openssl 3, and there is none: $(openssl version 2>&1 || :)"
  said=$("$STAGING/hypervigil-agent" update --verify "$STAGING/$NAME" 2>&1) ||
    die "the release is not signed as it should be, nothing was installed: $said"
}

# Puts the executable into $STAGING: whole, signed, and able to run here.
fetch_release() {
  check_space
  if [ -n "$FROM" ]; then
    [ -r "$FROM/$NAME" ] || die "$FROM/$NAME: not there"
    cp "$FROM/$NAME" "$STAGING/$NAME"
  else
    say "downloading $NAME ($(($(file_fact bytes) / 1000000)) MB)"
    download "$NAME" "$STAGING/$NAME"
  fi
  [ "$(sha256_of "$STAGING/$NAME")" = "$(file_fact sha256)" ] ||
    die "$NAME is not the file that the release describes (SHA-256): nothing was installed. Run this again"
  gzip -dc <"$STAGING/$NAME" >"$STAGING/hypervigil-agent" || die "$NAME could not be unpacked"
  [ "$(sha256_of "$STAGING/hypervigil-agent")" = "$(file_fact unpackedSha256)" ] ||
    die "what $NAME holds is not what the release describes (SHA-256): nothing was installed"
  chmod 0755 "$STAGING/hypervigil-agent"
  check_signature
  said=$("$STAGING/hypervigil-agent" --version 2>&1) ||
    die "the agent does not run here (it needs glibc 2.28, and a $HOME_DIR that is not mounted noexec): $said"
  [ "$said" = "$VERSION" ] || die "the agent says it is \"$said\", not $VERSION: nothing was installed"
}

is_installed() {
  # The updater installs a version that is there already beside it.
  case $(readlink "$HOME_DIR/current") in
  "versions/$VERSION" | "versions/$VERSION~2") ;;
  *) return 1 ;;
  esac
  [ -x "$EXECUTABLE" ] && [ "$(sha256_of "$EXECUTABLE")" = "$(file_fact unpackedSha256)" ]
}

# Renames only: whenever this is killed, what `current` names is whole.
put_in_place() {
  mkdir -p "$HOME_DIR/versions/$VERSION"
  chown root:root "$STAGING/hypervigil-agent" 2>/dev/null || [ -n "$ROOT" ] || die "$STAGING: can't be given to root"
  sync
  before=$(readlink "$HOME_DIR/current" || :)
  mv -f "$STAGING/hypervigil-agent" "$HOME_DIR/versions/$VERSION/hypervigil-agent"
  link "versions/$VERSION" "$HOME_DIR/current"
  # Of an update that was broken off: what is installed now takes the place of what it tried.
  rm -f "$UPDATE_DIR/trial.json"
  if has restorecon; then restorecon -R "$HOME_DIR" || :; fi
  HAS_CHANGED=true
  # The one before stays, to go back to.
  for version in "$HOME_DIR"/versions/* "$HOME_DIR"/versions/.[!.]*; do
    case $version in
    "$HOME_DIR/versions/$VERSION" | "$HOME_DIR/${before:-versions/$VERSION}") ;;
    *) rm -rf "$version" ;;
    esac
  done
}

# A symbolic link that is at no time not there.
link() {
  if [ "$(readlink "$2")" = "$1" ]; then return 0; fi
  rm -f "$2.new"
  ln -s "$1" "$2.new"
  mv -f -T "$2.new" "$2" 2>/dev/null || { ln -sfn "$1" "$2" && rm -f "$2.new"; }
}

# Writes standard input to a file, in one step; prints "changed" unless that was in it before.
put_file() {
  cat >"$1.new" || return 1
  if [ -f "$1" ] && [ "$(cat "$1.new")" = "$(cat "$1")" ]; then
    rm -f "$1.new"
    return 0
  fi
  chmod "$2" "$1.new" && mv -f "$1.new" "$1" && echo changed
}

# --- The system's side

is_systemd() { [ -d "$ROOT/run/systemd/system" ]; }

make_user() {
  if getent passwd "$AGENT_USER" >/dev/null 2>&1 || id -u "$AGENT_USER" >/dev/null 2>&1; then return 0; fi
  shell=/usr/sbin/nologin
  [ -x "$shell" ] || shell=/sbin/nologin
  if has useradd; then
    getent group "$AGENT_USER" >/dev/null 2>&1 || groupadd --system "$AGENT_USER"
    useradd --system --gid "$AGENT_USER" --home-dir /var/lib/hypervigil --no-create-home \
      --shell "$shell" --comment "Hypervigil's agent" "$AGENT_USER"
  elif has adduser; then
    addgroup -S "$AGENT_USER" 2>/dev/null || :
    adduser -S -D -H -h /var/lib/hypervigil -s "$shell" -G "$AGENT_USER" "$AGENT_USER"
  else
    die "neither useradd nor adduser is here: make a system user \"$AGENT_USER\" with a group of that name, and run this again"
  fi
}

enrol() {
  mkdir -p "$CONFIG_DIR"
  set --
  # One that has its key is the host it was enrolled as.
  if [ "$needs_key" = true ]; then say "enrolling at $URL"; else HOST_NAME=$(key_owner); fi
  if [ -n "$HOST_NAME" ]; then set -- "$@" --host "$HOST_NAME"; fi
  if [ "$REPLACE" = true ]; then set -- "$@" --replace; fi
  "$EXECUTABLE" enroll --url "$URL" --key-file "$KEY_FILE" --config "$CONFIG_DIR/agent.yaml" \
    --user "$AGENT_USER" --token-file - "$@" <<END_OF_TOKEN || die 'not enrolled, so nothing was started; the agent is installed. Run this again'
$TOKEN
END_OF_TOKEN
  TOKEN=
  chmod 0400 "$KEY_FILE"
  HAS_CHANGED=true
}

write_units() {
  mkdir -p "$UNIT_DIR"
  for name in $UNITS; do
    changed=$(unit "$name" | put_file "$UNIT_DIR/$name" 0644)
    [ -z "$changed" ] || HAS_CHANGED=true
  done
  write_limits
}

# More room for an agent whose disk reads far ahead, as it says itself. One that can't tell changes nothing.
write_limits() {
  limits=$("$EXECUTABLE" service-limits 2>/dev/null) || return 0
  file=$UNIT_DIR/$SERVICE.d/20-readahead.conf
  if [ -n "$limits" ]; then
    mkdir -p "${file%/*}"
    changed=$(printf '%s\n' "$limits" | put_file "$file" 0644)
    [ -z "$changed" ] || HAS_CHANGED=true
  elif [ -e "$file" ]; then
    rm -f "$file"
    # An administrator's own may be in it.
    rmdir "${file%/*}" 2>/dev/null || :
    HAS_CHANGED=true
  fi
}

start() {
  systemctl daemon-reload
  if [ "$START" = false ]; then
    if [ "$HAS_CHANGED" = false ]; then rm -f "$UNFINISHED"; fi
    say "installed; \"systemctl enable --now $SERVICE\" starts it"
    return 0
  fi
  systemctl enable --quiet "$SERVICE"
  systemctl enable --quiet --now "$TIMER"
  if [ "$HAS_CHANGED" = false ] && systemctl is-active --quiet "$SERVICE"; then
    rm -f "$UNFINISHED"
    say "$VERSION is installed and runs; nothing was to be done"
    return 0
  fi
  posted_before=$(posted)
  systemctl restart "$SERVICE" || tell_why_not 'the agent did not start'
  rm -f "$UNFINISHED"
  wait_for_batch
}

# What the agent noted of the first batch since its start that the deployment took: version and time. Its
# folder is the agent's, so it may be anything: a link is not followed, nor a pipe waited for.
posted() {
  if [ -f "$STATE_DIR/posted.json" ] && [ ! -L "$STATE_DIR/posted.json" ]; then
    head -c 4096 "$STATE_DIR/posted.json" 2>/dev/null || :
  fi
}

wait_for_batch() {
  say "started; waiting for the first batch to arrive (a minute or two)"
  waited=0
  while [ "$(posted)" = "$posted_before" ]; do
    if systemctl is-failed --quiet "$SERVICE"; then tell_why_not 'the agent ended'; fi
    [ "$waited" -lt "$WAIT_SECONDS" ] || tell_why_not "no batch has arrived for $WAIT_SECONDS s"
    sleep 1
    waited=$((waited + 1))
  done
  say "$(installed_host) reports to $URL with agent $VERSION"
}

installed_host() {
  owner=$(key_owner)
  echo "${owner:+host }${owner:-this host}"
}

tell_why_not() {
  say "$1. Its last lines:" >&2
  journalctl -u "$SERVICE" -n 15 --no-pager -o cat | printable >&2 || :
  die "it goes on trying; \"hypervigil-agent check\" says what is wrong, and \"journalctl -u $SERVICE\" what it does"
}

# Leaves control characters out, which a terminal would obey; of those beyond ASCII as UTF-8 has them.
printable() { LC_ALL=C tr -d '\001-\010\013-\037\177' | LC_ALL=C sed "s/$(printf '\302[\200-\237]')//g"; }

tell_of_other_init() {
  mkdir -p "$STATE_DIR"
  chown "$AGENT_USER:$AGENT_USER" "$STATE_DIR"
  chmod 0700 "$STATE_DIR"
  rm -f "$UNFINISHED"
  say 'installed and enrolled. This system does not run systemd, so nothing was started:'
  say 'let your init run this at boot, as root, and again when it ends:'
  say "  su -s /bin/sh $AGENT_USER -c 'STATE_DIRECTORY=/var/lib/hypervigil exec /usr/local/bin/hypervigil-agent run'"
}

install_agent() {
  [ ! -e "$ROOT/usr/bin/hypervigil-agent" ] ||
    die 'the agent was installed as a package: upgrade it with apt or dnf, or remove the package first'
  PLATFORM=$(platform)
  NAME=$(file_fact name)
  [ -n "$NAME" ] || die "release $VERSION has no agent for $PLATFORM"
  enter
  if [ "$REPLACE" = false ] && CREDENTIAL=$(read_key) && ! { is_key_of_other && has_token; }; then
    is_secret "$CREDENTIAL" hv_ || die "$KEY_FILE: its first line is no host key"
    check_key_is_of_deployment
    ! is_key_of_other ||
      say "the key here is of host $owner: if this disk is a copy, run this again with a token" >&2
    needs_key=false
  else
    read_token
    CREDENTIAL=$TOKEN
    needs_key=true
  fi
  make_user
  # A run that was broken off may have used the token up: what is there then can get the key.
  if [ "$needs_key" = true ] && [ -x "$EXECUTABLE" ] && "$EXECUTABLE" --version >/dev/null 2>&1; then
    enrol
    CREDENTIAL=$(read_key)
    needs_key=false
  fi
  if ! is_installed; then
    fetch_release
    put_in_place
    say "installed $VERSION"
  fi
  uninstall_script | put_file "$HOME_DIR/uninstall.sh" 0755 >"$STAGING/log"
  mkdir -p "${LINK%/*}"
  link /opt/hypervigil-agent/current/hypervigil-agent "$LINK"
  # With a key it only writes what is missing, such as where a run before was killed.
  if [ "$needs_key" = true ] || [ ! -e "$CONFIG_DIR/agent.yaml" ]; then enrol; fi
  if is_systemd; then
    write_units
    start
  else
    tell_of_other_init
  fi
}

main() {
  umask 022
  parse_arguments "$@"
  [ -n "$ROOT" ] || [ "$(id -u)" -eq 0 ] || die 'this needs root: run it with sudo'
  case $ACTION in
  install) install_agent ;;
  uninstall) uninstall_script | HYPERVIGIL_INSTALL_ROOT=$ROOT sh ;;
  esac
}

# The last line, so that a script that was cut off on its way does nothing.
main "$@"
