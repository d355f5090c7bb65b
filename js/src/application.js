import { Controller } from "./controller.js";
import { BrowserConfigurationAuthError } from "./errors.js";

// PublicClientApplication is the class of msal-browser 5. Its methods are on the prototype, and each hands over to
// this.controller, so that a subclass can override one and a test can bring a controller.
export class PublicClientApplication {
  constructor(configuration, controller) {
    this.controller = controller || new Controller(configuration);
  }

  initialize(request) {
    return this.controller.initialize(request);
  }

  acquireTokenSilent(request) {
    return this.controller.acquireTokenSilent(request);
  }

  acquireTokenPopup(request) {
    return this.controller.acquireTokenPopup(request);
  }

  acquireTokenRedirect(request) {
    return this.controller.acquireTokenRedirect(request);
  }

  handleRedirectPromise(options) {
    return this.controller.handleRedirectPromise(options);
  }

  loginPopup(request) {
    return this.controller.loginPopup(request);
  }

  loginRedirect(request) {
    return this.controller.loginRedirect(request);
  }

  ssoSilent(request) {
    return this.controller.ssoSilent(request);
  }

  logoutRedirect(request) {
    return this.controller.logoutRedirect(request);
  }

  logoutPopup(request) {
    return this.controller.logoutPopup(request);
  }

  clearCache(request) {
    return this.controller.clearCache(request);
  }

  getAllAccounts(filter) {
    return this.controller.getAllAccounts(filter);
  }

  getAccount(filter) {
    return this.controller.getAccount(filter);
  }

  setActiveAccount(account) {
    this.controller.setActiveAccount(account);
  }

  getActiveAccount() {
    return this.controller.getActiveAccount();
  }

  addEventCallback(callback, eventTypes) {
    return this.controller.addEventCallback(callback, eventTypes);
  }

  removeEventCallback(callbackId) {
    this.controller.removeEventCallback(callbackId);
  }

  getLogger() {
    return this.controller.getLogger();
  }

  setLogger(logger) {
    this.controller.setLogger(logger);
  }

  initializeWrapperLibrary(sku, version) {
    this.controller.initializeWrapperLibrary(sku, version);
  }

  setNavigationClient(client) {
    this.controller.setNavigationClient(client);
  }

  getConfiguration() {
    return this.controller.getConfiguration();
  }
}

// createStandardPublicClientApplication returns an application that is ready.
export async function createStandardPublicClientApplication(configuration) {
  const application = new PublicClientApplication(configuration);
  await application.initialize();
  return application;
}

const stubbed = () => new BrowserConfigurationAuthError("stubbed_public_client_application_called", "");

// stubbedPublicClientApplication stands where no application was given: nobody is signed in, and asking for something
// fails.
export const stubbedPublicClientApplication = Object.freeze({
  ...Object.fromEntries(
    Object.getOwnPropertyNames(PublicClientApplication.prototype)
      .filter((method) => method !== "constructor")
      .map((method) => [method, () => Promise.reject(stubbed())]),
  ),
  getAllAccounts: () => [],
  getAccount: () => null,
  getActiveAccount: () => null,
  addEventCallback: () => null,
  removeEventCallback: () => {},
  setActiveAccount: () => {},
  setLogger: () => {},
  setNavigationClient: () => {},
  initializeWrapperLibrary: () => {},
  getLogger: () => {
    throw stubbed();
  },
  getConfiguration: () => {
    throw stubbed();
  },
});
