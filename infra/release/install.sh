#!/usr/bin/env bash
# Installs ses-warden from the folder it lies in, updates it, or removes it.
# Needs the AWS CLI and nothing else. `./install.sh --help` lists the options.
set -euo pipefail

usage() {
  cat <<'TEXT'
./install.sh [OPTIONS]            install ses-warden, or update what is installed
./install.sh --remove [OPTIONS]   remove it

Shows what it will do and asks first. Run again, it does only what is left to do.

  --region REGION          Region that sends the mail; asked when nothing names one
  --stack NAME             the stack (ses-warden)
  --operator-email ADDR    who gets guard's notices; "" for nobody
  --mode observe|act       observe: guard reports what it would pause; act: it pauses
  --architecture arm64|x86_64
                           processor of the functions
  --parameter NAME=VALUE   another parameter of the template; may be repeated
  --set NAME               configuration set to connect; may be repeated
  --all-sets | --no-connect
                           connect every configuration set; connect none now
  --bucket NAME            bucket for the functions' zips, made where it is missing
                           (that of the stack, else ses-warden-code-ACCOUNT-REGION)
  --command FILE           the command ses-warden; by default the one in this folder
  --profile NAME           profile of the AWS CLI
  --endpoint-url URL       another AWS, for tests
  --yes                    do not ask; what no option says keeps its value, or its default
  --help                   this
TEXT
}

say() { printf "%s\n" "$@"; }
fail() { printf 'install.sh: %s\n' "$1" >&2; exit "${2:-1}"; }
misused() { fail "$1; --help lists the options" 2; }

# Asks a question and puts the answer into $answer; the second argument is what Enter means.
ask() {
  answer=$2
  [ -n "$yes" ] && return
  [ -t 0 ] || fail "no terminal to ask on; say --yes and what you want as options" 2
  printf '%s%s ' "$1" "${2:+ [$2]}"
  IFS= read -r answer || fail "no answer" 3
  [ -n "$answer" ] || answer=$2
}

# Asks before something is changed.
agreed() {
  [ -n "$yes" ] && return
  ask "$1 [y/N]" ""
  case $answer in y | Y | yes | Yes) ;; *) return 1 ;; esac
}
agree() { agreed "$1" || declined; }
# Ends after a no, and says what was changed before it.
declined() {
  if [ ${#changes_made[@]} -eq 0 ]; then say "Nothing was changed."; else say "Nothing more was changed. Before:" "${changes_made[@]}"; fi
  exit 3
}
# Runs a call to AWS of which nothing is shown but its failure: without it the AWS CLI's own status would be install.sh's.
call() { "$@" >/dev/null 2>"$temporary/error" || fail "$(first_words "$@") failed: $(tail -n 1 "$temporary/error")" 5; }
first_words() { printf '%s %s %s' "$1" "$2" "$3"; }

# ------------------------------------------------------------------ options

here=$(cd "$(dirname "$0")" && pwd)
template="$here/ses-warden.template.yaml"
region="" stack=ses-warden email="" email_given="" mode="" architecture="" bucket="" command="" yes="" remove=""
connect="" sets=() parameters=() temporary="" changes_made=()

while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --yes | -y) yes=1; shift; continue ;;
    --remove) remove=1; shift; continue ;;
    --all-sets) connect=all; shift; continue ;;
    --no-connect) connect=none; shift; continue ;;
    --*=*) option=${1%%=*} value=${1#*=}; shift ;;
    --*) option=$1; [ $# -gt 1 ] || misused "$1 wants a value"; value=$2; shift 2 ;;
    *) misused "unexpected '$1'" ;;
  esac
  case $option in
    --region) region=$value ;;
    --stack) stack=$value ;;
    --operator-email) email=$value email_given=1 ;;
    --mode) mode=$value ;;
    --architecture) architecture=$value ;;
    --parameter) parameters+=("$value") ;;
    --set) sets+=("$value"); connect=some ;;
    --bucket) bucket=$value ;;
    --command) command=$value ;;
    # Keys in the environment would win over the profile.
    --profile) export AWS_PROFILE=$value; unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN ;;
    --endpoint-url) export AWS_ENDPOINT_URL=$value ;;
    *) misused "unknown option $option" ;;
  esac
done

case $mode in "" | observe | act) ;; *) misused "--mode is observe or act, not '$mode'" ;; esac
case $architecture in "" | arm64 | x86_64) ;; *) misused "--architecture is arm64 or x86_64, not '$architecture'" ;; esac
[[ $stack =~ ^[A-Za-z][A-Za-z0-9-]{0,48}$ ]] ||
  misused "--stack: a name has at most 49 letters, digits and hyphens and begins with a letter, not '$stack'"
# The AWS CLI drops a parameter that the template does not have, without a word. grep reads to the end
# here: with -q it would end at the first match, and sed's broken pipe would count as no match.
for parameter in ${parameters[@]+"${parameters[@]}"}; do
  case $parameter in [A-Z]*=*) ;; *) misused "--parameter wants NAME=VALUE, not '$parameter'" ;; esac
  sed -n '/^Parameters:/,/^[A-Z]/p' "$template" | grep "^  ${parameter%%=*}:$" >/dev/null ||
    misused "--parameter: the template has no parameter ${parameter%%=*}"
done

export AWS_PAGER=""
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
trap 'exit 130' INT TERM

# ------------------------------------------------------------------ what is there

command -v aws >/dev/null ||
  fail "the AWS CLI is not installed: https://docs.aws.amazon.com/cli (CloudShell in the AWS console has it)" 4

if [ -z "$region" ]; then
  region=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region || true)}}
  ask "Region that sends the mail?" "$region"
  region=$answer
  [ -n "$region" ] || fail "no Region: say --region" 4
fi
export AWS_REGION=$region AWS_DEFAULT_REGION=$region

identity=$(aws sts get-caller-identity --query '[Account, Arn]' --output text 2>"$temporary/error") ||
  fail "no valid credentials ($(tail -n 1 "$temporary/error")): try 'aws sso login', or --profile" 4
read -r account arn <<<"$identity"
# Reads the stack into a file of lines "status S", "id ARN", "parameter NAME VALUE", "output NAME VALUE"; an empty
# file without a stack.
read_stack() {
  aws cloudformation describe-stacks --stack-name "$stack" --output text --query \
    "Stacks[0].[join(' ', ['status', StackStatus]), join(' ', ['id', StackId]),
      (Parameters || \`[]\`)[].join(' ', ['parameter', ParameterKey, ParameterValue]),
      (Outputs || \`[]\`)[].join(' ', ['output', OutputKey, OutputValue])][].[@]" \
    >"$temporary/stack" 2>"$temporary/error" || grep -q 'does not exist' "$temporary/error" ||
    fail "cannot read the stack $stack: $(tail -n 1 "$temporary/error")" 5
}
of_stack() { sed -n "s/^$1 //p" "$temporary/stack"; }

# Whatever else has this name is nobody's to change here.
check_owner() {
  case $status in
    "" | REVIEW_IN_PROGRESS) ;;
    *) [ -n "$(of_stack 'parameter GuardMode')" ] ||
      fail "the stack $stack in $region is none of ses-warden's; name another with --stack" 2 ;;
  esac
}

read_stack
status=$(of_stack status)
check_owner
# An update goes on in the bucket that was chosen when it was installed.
[ -n "$bucket" ] || bucket=$(of_stack "parameter CodeBucket")
[ -n "$bucket" ] || bucket="ses-warden-code-$account-$region"

# The command for this machine, unpacked into a folder that goes with this script.
unpack_command() {
  [ -z "$command" ] || return 0
  local machine
  case "$(uname -m)" in x86_64 | amd64) machine=x86_64 ;; *) machine=arm64 ;; esac
  case "$(uname -s)" in Darwin) machine=$machine-macos ;; *) machine=$machine-linux ;; esac
  [ -f "$here/ses-warden-$machine.tar.gz" ] || return 1
  tar -xzf "$here/ses-warden-$machine.tar.gz" -C "$temporary"
  command=$(echo "$temporary"/ses-warden-*/ses-warden)
}


# ------------------------------------------------------------------ install or update

install_stack() {
  check_status
  check_sums
  local verb=install
  [ -z "$status" ] || verb=update
  say "This will $verb the stack $stack in $region, account $account, as $arn."
  choose_email
  choose_mode
  choose_architecture
  choose_concurrency
  choose_sets

  local prefix
  prefix=$(sed -n '/^  CodePrefix:/,/Default:/s/^ *Default: *"\(.*\)"$/\1/p' "$template")
  parameters=("GuardMode=$mode" "Architecture=$architecture" "CodeBucket=$bucket" "CodePrefix=$prefix"
    ${parameters[@]+"${parameters[@]}"})
  [ -z "$email_given" ] || parameters+=("OperatorEmail=$email")

  local make_bucket=""
  if ! aws s3api head-bucket --bucket "$bucket" --expected-bucket-owner "$account" >/dev/null 2>&1; then make_bucket=1; fi
  say "" "Plan"
  [ -z "$make_bucket" ] || say "  make the private bucket $bucket"
  say "  upload the functions' zips for $architecture and the template to s3://$bucket/$prefix"
  say "  $verb the stack $stack: topics, queues, three functions and a role for each, alarms, a dashboard, a bucket"
  for parameter in "${parameters[@]}"; do say "    $parameter"; done
  case $connect in
    all) say "  show how every configuration set would be connected, and ask again" ;;
    some) say "  show how ${sets[*]} would be connected, and ask again" ;;
  esac
  say "  Neither sending nor the suppression list is touched by this."
  agree "Go on?"

  [ -z "$make_bucket" ] || create_bucket
  # The prefix names the content, so what is there in its size is there.
  call aws s3 sync --only-show-errors --size-only "$here" "s3://$bucket/$prefix" --exclude '*' \
    --include "*-$architecture.zip"
  changes_made+=("  the functions' zips are in s3://$bucket/$prefix")
  deploy
  local subscribed
  subscribed=$(of_stack "parameter OperatorEmail")
  [ -z "$subscribed" ] || say "AWS has sent $subscribed a link, if it is new: no notice arrives before it is followed."
  use_command
}

# Whether the stack can be deployed at all now.
check_status() {
  case $status in
    "" | REVIEW_IN_PROGRESS) status="" ;;
    ROLLBACK_COMPLETE | ROLLBACK_FAILED | DELETE_FAILED)
      say "The stack $stack is in $status: its first deployment or its removal failed. It must go before another can be made."
      agree "Delete it?"
      local status_before=$status
      delete_stack
      changes_made+=("  the stack that was in $status_before is deleted")
      status="" ;;
    UPDATE_ROLLBACK_FAILED)
      fail "the stack $stack is in $status: 'aws cloudformation continue-update-rollback --stack-name $stack' first" 5 ;;
    *_IN_PROGRESS) fail "the stack $stack is in $status: try again when that is over" 5 ;;
  esac
}

# The files that will be used must be those of the release.
check_sums() {
  local sum="sha256sum"
  command -v sha256sum >/dev/null || sum="shasum -a 256"
  (cd "$here" && grep -E '  ([a-z0-9_-]+\.zip|ses-warden\.template\.yaml|ses-warden-.*\.tar\.gz)$' SHA256SUMS |
    while read -r hash file; do [ ! -f "$file" ] || printf '%s  %s\n' "$hash" "$file"; done | $sum -c - >"$temporary/sums" 2>&1) ||
    fail "files of this folder are damaged: $(grep -v ': OK$' "$temporary/sums" | tr '\n' ' ')" 2
}

choose_email() {
  [ -z "$email_given" ] || return 0
  local now
  now=$(of_stack "parameter OperatorEmail")
  ask "E-mail address for guard's notices (AWS asks it to confirm; Enter for $([ -n "$now" ] && echo "$now" || echo none))?" "$now"
  [ "$answer" = "$now" ] || email=$answer email_given=1
}

choose_mode() {
  local now
  now=$(of_stack "parameter GuardMode")
  [ -n "$mode" ] || {
    [ -n "$yes" ] || say "observe is right for the first week: guard says what it would pause, and you see whether" \
      "its thresholds suit your mail before they stop any. act pauses."
    ask "Mode, observe or act?" "${now:-observe}"
    mode=$answer
  }
  case $mode in observe | act) ;; *) misused "the mode is observe or act, not '$mode'" ;; esac
}

choose_architecture() {
  local there="" one
  for one in arm64 x86_64; do [ ! -f "$here/guard-$one.zip" ] || there="$there $one"; done
  local now
  now=$(of_stack "parameter Architecture")
  case $there in *" ${now:-arm64}"*) now=${now:-arm64} ;; *) now=${there# } ;; esac
  if [ -z "$architecture" ]; then
    architecture=$now
    if [ "$there" = " arm64 x86_64" ]; then
      ask "Processor of the functions, arm64 (cheaper) or x86_64?" "$now"
      architecture=$answer
    fi
  fi
  case "$there " in *" $architecture "*) ;; *) misused "this folder holds functions for$there, not for '$architecture'" ;; esac
}

# Lambda refuses a reservation that leaves less than 100 environments to the other functions, and a
# new account has 10 or 50 in all.
choose_concurrency() {
  local wanted="" needed=0 free
  for parameter in ${parameters[@]+"${parameters[@]}"}; do
    case $parameter in
      ReserveDirectConcurrency=*) wanted=${parameter#*=} ;;
      Buffering=Direct) needed=5 ;;
    esac
  done
  if [ "$wanted" != true ] || [ "$needed" = 0 ]; then return 0; fi
  free=$(aws lambda get-account-settings --query AccountLimit.UnreservedConcurrentExecutions --output text 2>/dev/null || true)
  case $free in "" | *[!0-9]*) free=unknown ;; esac
  if [ "$free" = unknown ] || [ $((free - needed)) -lt 100 ]; then
    fail "ReserveDirectConcurrency=true needs $needed of Lambda's concurrency and 100 left over; \
unreserved now: $free (aws lambda get-account-settings). Ask AWS for a higher limit, or leave it out" 2
  fi
}

choose_sets() {
  [ -z "$connect" ] || return 0
  local there
  there=$(aws sesv2 list-configuration-sets --query ConfigurationSets --output text 2>/dev/null | tr '\t' ' ' || true)
  say "Configuration sets here: ${there:-none}"
  ask "Which to connect: all, none, or names with spaces between?" all
  case $answer in
    all | none) connect=$answer ;;
    *) connect=some; read -r -a sets <<<"$answer" ;;
  esac
}

create_bucket() {
  # us-east-1 refuses to be named.
  if [ "$region" = us-east-1 ]; then
    call aws s3api create-bucket --bucket "$bucket"
  else
    call aws s3api create-bucket --bucket "$bucket" --create-bucket-configuration "LocationConstraint=$region"
  fi
  changes_made+=("  the bucket $bucket is made")
  call aws s3api put-public-access-block --bucket "$bucket" --public-access-block-configuration \
    BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
  call aws s3api put-bucket-tagging --bucket "$bucket" --tagging 'TagSet=[{Key=ses-warden:made-by,Value=install.sh}]'
}

deploy() {
  local said changes
  said=$(aws cloudformation deploy --stack-name "$stack" --template-file "$template" --s3-bucket "$bucket" \
    --s3-prefix "${prefix%/}" --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --no-execute-changeset \
    --no-fail-on-empty-changeset --parameter-overrides "${parameters[@]}" 2>&1) || fail "CloudFormation refused: $said" 5
  changes=$(grep -o 'arn:[^ ]*:changeSet/[^ ]*' <<<"$said" | tail -n 1 || true)
  [ -n "$changes" ] || { say "The stack is up to date."; return; }
  if [ -n "$status" ]; then
    say "" "What changes in the stack (replaced: deleted and made again):"
    aws cloudformation describe-change-set --change-set-name "$changes" --output text --query \
      "Changes[].ResourceChange.[Action, LogicalResourceId, ResourceType, Replacement=='True' && 'replaced' || '']"
    agreed "Do it?" || {
      aws cloudformation delete-change-set --change-set-name "$changes" || true
      declined
    }
  fi
  aws cloudformation execute-change-set --change-set-name "$changes"
  say "CloudFormation is at work; it takes some minutes."
  wait_for_stack
  case $status in
    CREATE_COMPLETE | UPDATE_COMPLETE) say "The stack is in $status." ;;
    *)
      say "The stack is in $status. What failed, the last first:"
      aws cloudformation describe-stack-events --stack-name "$(of_stack id)" --output text --query \
        "StackEvents[?contains(ResourceStatus, 'FAILED')].[LogicalResourceId, ResourceStatusReason] | [:10]" || true
      fail "the stack is as it was, or in ROLLBACK_COMPLETE, which the next run offers to delete" 5 ;;
  esac
}

# Waits until CloudFormation is done with the stack, and reads it again.
wait_for_stack() {
  while :; do
    read_stack
    status=$(of_stack status)
    case $status in REVIEW_IN_PROGRESS | *_IN_PROGRESS) sleep 3 ;; *) return 0 ;; esac
  done
}

# connect and doctor, where this folder has the command for this machine.
use_command() {
  [ "$connect" != none ] || { say "Later: ses-warden connect plan --stack $stack"; return; }
  unpack_command || {
    say "This folder has no ses-warden for this machine. On one that has: ses-warden connect apply --stack $stack"
    return
  }
  local words=(--stack "$stack" --region "$region") name code=0
  [ -z "$yes" ] || words+=(--yes)
  for name in ${sets[@]+"${sets[@]}"}; do words+=(--set "$name"); done
  say ""
  # Shows its plan, and asks by itself.
  "$command" connect apply "${words[@]}" || code=$?
  case $code in
    0 | 1) ;;
    3) say "The stack is installed. Later: ses-warden connect apply --stack $stack"; code=0 ;;
    *) fail "connect failed; the stack itself is installed" "$code" ;;
  esac
  say "" "Whether feedback arrives (ses-warden doctor setup):"
  # Its findings are for the reader, and no failure of this installation.
  "$command" doctor setup --stack "$stack" --region "$region" || [ $? -eq 1 ] || code=1
  exit "$code"
}

# ------------------------------------------------------------------ remove

remove_stack() {
  [ -n "$status" ] || { say "There is no stack $stack in $region, account $account."; exit 0; }
  # Without it event destinations would go on publishing to a topic that is gone.
  unpack_command || fail "this folder has no ses-warden for this machine, which takes off what it connected: run this on one \
that has (CloudShell), or give --command" 2
  say "This will remove the stack $stack in $region, account $account, as $arn." "" "Plan" \
    "  take off configuration sets and domains what ses-warden connect put there" \
    "  delete the stack: functions, queues, topics, alarms, dashboard" \
    "  Sending switches and the suppression list stay as they are."
  local name url count
  for name in Suppress Metrics Guard; do
    url=$(of_stack "output ${name}DeadLetterQueueUrl")
    # For SQS version 1 of the AWS CLI does not heed the variable.
    [ -z "$url" ] || count=$(aws sqs get-queue-attributes --queue-url "$url" ${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} \
      --attribute-names ApproximateNumberOfMessages --query Attributes.ApproximateNumberOfMessages --output text) || count=unknown
    say "  Dead letters of $name, which go with the stack: ${count:-none}"
  done
  agree "Go on?"
  "$command" connect remove --yes --stack "$stack" --region "$region" || fail "connect remove failed; the stack is still there" $?
  local id
  id=$(of_stack id)
  delete_stack
  say "Removed. What the stack leaves behind:"
  aws cloudformation describe-stack-events --stack-name "$id" --output text --query \
    "StackEvents[?ResourceStatus=='DELETE_SKIPPED'].['  kept', ResourceType, PhysicalResourceId]" 2>/dev/null || true
  say "  the functions' zips in s3://$bucket (aws s3 rb --force s3://$bucket)"
  [ "$(aws sesv2 get-account --query SendingEnabled --output text 2>/dev/null || true)" != False ] ||
    say "Sending of this account is paused: 'aws sesv2 put-account-sending-attributes --sending-enabled' ends that."
}

delete_stack() {
  local id
  id=$(of_stack id)
  aws cloudformation delete-stack --stack-name "$stack"
  wait_for_stack
  [ -z "$status" ] ||
    fail "the stack $stack is in $status: 'aws cloudformation describe-stack-events --stack-name $id' says why" 5
}

if [ -n "$remove" ]; then remove_stack; else install_stack; fi
