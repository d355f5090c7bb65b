// The engine as WebAssembly: engine.wasm is loaded from beside the bundle, once for all applications of the page.

import "./wasm_exec.js"; // beside the bundle; sets globalThis.Go

let loading = null;

export async function loadEngine(config) {
  if (config.system.engine) return config.system.engine;
  loading ??= load(new URL("engine.wasm", import.meta.url)).catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function load(url) {
  const go = new globalThis.Go();
  const ready = new Promise((resolve) => {
    globalThis.latchkeyEngineReady = resolve;
  });
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The engine was not found: ${url.pathname} answered ${response.status}.`);
  const { instance } = await WebAssembly.instantiate(await response.arrayBuffer(), go.importObject);
  go.run(instance);
  return ready;
}
