// The page of every candidate: esbuild puts one of them in the place of the package.
import { PublicClientApplication } from "@azure/msal-browser";

const pca = new PublicClientApplication(globalThis.settings);
await pca.initialize();
globalThis.accounts = pca.getAllAccounts().length;
globalThis.pca = pca;
globalThis.finish(performance.now());
