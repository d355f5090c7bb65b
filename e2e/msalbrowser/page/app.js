// A page with a button that does whatever the test asks for.
import * as msal from "@azure/msal-browser";
import { told } from "./told.js";

const pca = new msal.PublicClientApplication(globalThis.settings.msal);

globalThis.pca = pca;
globalThis.msal = msal;
globalThis.told = told;
globalThis.events = [];

await pca.initialize();
pca.addEventCallback((event) => globalThis.events.push(event.eventType));
globalThis.returned = await told(pca.handleRedirectPromise());

const button = document.createElement("button");
button.id = "go";
button.textContent = "Go";
button.onclick = () => { globalThis.outcome = told(globalThis.todo()); };
document.getElementById("root").append(button);
