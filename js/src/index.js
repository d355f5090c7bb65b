// The entry of the package: what @azure/msal-browser 5 exports, on the path that @azure/msal-react needs.

export {
  createStandardPublicClientApplication,
  PublicClientApplication,
  stubbedPublicClientApplication,
} from "./application.js";
export * as BrowserUtils from "./browserutils.js";
export * from "./constants.js";
export {
  AuthError,
  BrowserAuthError,
  BrowserAuthErrorCodes,
  BrowserConfigurationAuthError,
  BrowserConfigurationAuthErrorCodes,
  ClientAuthError,
  ClientConfigurationError,
  InteractionRequiredAuthError,
  InteractionRequiredAuthErrorCodes,
  ServerError,
} from "./errors.js";
export { EventHandler, EventMessageUtils, EventType } from "./events.js";
export { Logger, LogLevel } from "./logger.js";
export { NavigationClient } from "./navigation.js";
export { version } from "./package.js";
