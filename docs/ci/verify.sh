#!/bin/sh
# Judges what would stand on a branch if HEAD were merged into it now: every commit since BASELINE, by the policies of
# that branch. Changes nothing but refs/lanegate/* of this clone, and runs nothing of what it judges.
#
# usage: verify.sh BASELINE HEAD BRANCH [option of `lanegate verify`]...
#   BASELINE  full id of the last commit that is not judged; written into the job, where no push can change it
#   HEAD      full id of what was pushed
#   BRANCH    the branch that it goes to (main)
#
# Exit 0 allowed, 1 refused, 2 asked for wrongly, 3 could not decide. Needs git 2.38, lanegate, and a clone with all of its
# history, whose `origin` is the server. LANEGATE_REMOTE names another remote.
set -eu

stop() {
  echo "verify.sh: $2" >&2
  exit "$1"
}

[ $# -ge 3 ] || stop 2 "usage: verify.sh BASELINE HEAD BRANCH [option of lanegate verify]..."
baseline=$1 head=$2 branch=$3
shift 3
for id in "$baseline" "$head"; do
  case $id in
    *[!0-9a-f]* | '') stop 2 "'$id': expected the full id of a commit, since a name can be moved" ;;
  esac
  [ ${#id} -eq 40 ] || [ ${#id} -eq 64 ] || stop 2 "'$id': expected the full id of a commit"
done
remote=${LANEGATE_REMOTE:-origin}
target=refs/remotes/$remote/$branch

git fetch --quiet "$remote" "+refs/heads/$branch:$target" || stop 3 "$remote has no branch $branch to be fetched"
git cat-file -e "$head^{commit}" 2>/dev/null || git fetch --quiet "$remote" "$head" || stop 3 "$head cannot be fetched"
git merge-base --is-ancestor "$baseline" "$target" ||
  stop 3 "the baseline $baseline is not in the history of $branch: it was rewritten, or this clone is shallow"

# the records that the policy may ask for: verdicts and landings, locks
for ref in refs/lanegate/ledger refs/lanegate/locks; do
  status=0
  git ls-remote --exit-code "$remote" "$ref" >/dev/null || status=$?
  case $status in
    0) git fetch --quiet "$remote" "+$ref:$ref" || stop 3 "$ref cannot be fetched" ;;
    2) ;; # the server has none
    *) stop 3 "$remote does not answer" ;;
  esac
done

if git merge-base --is-ancestor "$head" "$target"; then
  tip=$(git rev-parse --verify "$target^{commit}") # it landed: judge all that stands there
else
  # its commits come in beside the branch, so the policy that counts is the branch's, whatever they say
  tree=$(git merge-tree --write-tree "$target" "$head") || stop 1 "$head does not merge into $branch: merge or rebase it"
  tip=$(
    for who in AUTHOR COMMITTER; do export "GIT_${who}_NAME=verify" "GIT_${who}_EMAIL=verify@localhost"; done
    git commit-tree "$tree" -p "$target" -p "$head" -m "Merge $head into $branch, as a trial"
  )
fi
exec lanegate verify "$baseline..$tip" --ref "refs/heads/$branch" "$@"
