import { PublicClientApplication, type Configuration } from "@azure/msal-browser";
import { MsalProvider } from "@azure/msal-react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { settings } from "./settings";

const msalConfig: Configuration = {
  auth: {
    clientId: settings.clientId,
    authority: settings.authority,
    knownAuthorities: [new URL(settings.authority).host],
    redirectUri: "/redirect.html",
    postLogoutRedirectUri: "/redirect.html",
    clientCapabilities: ["CP1"],
  },
  cache: { cacheLocation: settings.cacheLocation },
};

const msalInstance = new PublicClientApplication(msalConfig);

// For the console, and for the tests.
Object.assign(window, { msalInstance });

createRoot(document.getElementById("root")!).render(
  <MsalProvider instance={msalInstance}>
    <App />
  </MsalProvider>,
);
