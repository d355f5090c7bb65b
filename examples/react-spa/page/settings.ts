// What the server that serves this page says about the world around it.
type Settings = {
  authority: string;
  clientId: string;
  api: string;
  readScope: string;
  writeScope: string;
  cacheLocation: "sessionStorage" | "localStorage" | "memoryStorage";
  engine: string;
};

export const settings: Settings = JSON.parse(document.getElementById("settings")!.textContent!);
