#!/bin/sh
# Runs the WebGPU kernels' contract suite and the benchmarks on this machine's GPU, and leaves results/*.json. Needs x86-64
# Linux with glibc and a Vulkan driver; no network, nothing installed.
#   ./run [--software] [--ops OP,OP] [options of the benchmarks: --only, --case, --rounds, --milliseconds, --no-peers ...]
# --ops checks the contracts of some ops alone; a software GPU takes half an hour for all.
here=$(cd "${0%/*}" && pwd)
mkdir -p "$here/results"
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
# Node and Dawn write caches to the home folder, if there is one.
export HOME="${HOME:-$here/results}"
software=
ops=
count=$#
while [ "$count" -gt 0 ]; do
  option=$1
  shift
  count=$((count - 1))
  case $option in
    --ops)
      ops=$(echo "$1" | tr , ' ')
      shift
      count=$((count - 1))
      continue
      ;;
    --software)
      software=--software
      export VK_ICD_FILENAMES="$here/lib/vk_swiftshader_icd.json"
      ;;
  esac
  set -- "$@" "$option"
done
node="$here/bin/node --conditions=millrace-source --disable-warning=ExperimentalWarning"
$node "$here/benchmarks/pack/contract.ts" "$here/results/contract.json" $software $ops
contract=$?
$node "$here/benchmarks/run.ts" --device webgpu --json "$here/results/benchmarks.json" "$@" | tee "$here/results/benchmarks.txt"
[ -s "$here/results/benchmarks.json" ] && [ "$contract" -eq 0 ]
