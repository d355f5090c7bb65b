// The redirect page of msal-browser, as its documents show it. Ours is a file of the package.
import { broadcastResponseToMainFrame } from "@azure/msal-browser/redirect-bridge";

broadcastResponseToMainFrame();
