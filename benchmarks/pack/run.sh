#!/bin/sh
# Runs the WebGPU kernels' contract suite and the benchmarks on this machine's GPU, and leaves results/*.json. Needs x86-64
# Linux with glibc and a Vulkan driver; no network, nothing installed.
#   ./run [--software] [options of the benchmarks: --only, --case, --rounds, --milliseconds, --no-peers ...]
here=$(cd "${0%/*}" && pwd)
mkdir -p "$here/results"
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
# Node and Dawn write caches to the home folder, if there is one.
export HOME="${HOME:-$here/results}"
software=
for option in "$@"; do
  if [ "$option" = --software ]; then
    software=--software
    export VK_ICD_FILENAMES="$here/lib/vk_swiftshader_icd.json"
  fi
done
node="$here/bin/node --conditions=millrace-source --disable-warning=ExperimentalWarning"
$node "$here/benchmarks/pack/contract.ts" "$here/results/contract.json" $software
contract=$?
$node "$here/benchmarks/run.ts" --device webgpu --json "$here/results/benchmarks.json" "$@" | tee "$here/results/benchmarks.txt"
[ -s "$here/results/benchmarks.json" ] && [ "$contract" -eq 0 ]
