// No engine comes along: the configuration brings it.

export async function loadEngine(config) {
  return config.system.engine;
}
