// The engine as JavaScript: it comes with the bundle, and is there as soon as the bundle is.

import "./engine.js"; // beside the bundle; sets globalThis.latchkeyEngine

export async function loadEngine(config) {
  return (await config.system.engine) || globalThis.latchkeyEngine;
}
