import { getCurrentUri } from "./browserutils.js";
import { BrowserCacheLocation, DEFAULT_IFRAME_TIMEOUT_MS, OIDC_DEFAULT_SCOPES, ProtocolMode, ResponseMode } from "./constants.js";
import { LogLevel } from "./logger.js";
import { NavigationClient } from "./navigation.js";

// buildConfiguration fills in the defaults of a configuration.
export function buildConfiguration({ auth, cache, system, telemetry, experimental }) {
  return {
    auth: {
      clientId: "",
      authority: "https://login.microsoftonline.com/common/",
      knownAuthorities: [],
      cloudDiscoveryMetadata: "",
      authorityMetadata: "",
      redirectUri: getCurrentUri(),
      postLogoutRedirectUri: "",
      clientCapabilities: [],
      instanceAware: false,
      ...auth,
      OIDCOptions: {
        responseMode: ResponseMode.FRAGMENT,
        defaultScopes: [...OIDC_DEFAULT_SCOPES],
        ...auth?.OIDCOptions,
      },
    },
    cache: { cacheLocation: BrowserCacheLocation.SessionStorage, ...cache },
    system: {
      navigationClient: new NavigationClient(),
      popupBridgeTimeout: 60000,
      iframeBridgeTimeout: DEFAULT_IFRAME_TIMEOUT_MS,
      redirectNavigationTimeout: 30000,
      allowRedirectInIframe: false,
      protocolMode: ProtocolMode.AAD,
      tokenRenewalOffsetSeconds: 300,
      ...system,
      loggerOptions: { loggerCallback: () => {}, logLevel: LogLevel.Info, piiLoggingEnabled: false, ...system?.loggerOptions },
    },
    telemetry: { application: { appName: "", appVersion: "" }, ...telemetry },
    experimental: { ...experimental },
  };
}

// engineConfiguration is what the engine is made with: plain, and flat.
export function engineConfiguration({ auth, cache, system, telemetry }) {
  return {
    clientId: auth.clientId,
    authority: auth.authority,
    knownAuthorities: auth.knownAuthorities,
    cloudDiscoveryMetadata: auth.cloudDiscoveryMetadata,
    authorityMetadata: auth.authorityMetadata,
    redirectUri: absolute(auth.redirectUri),
    postLogoutRedirectUri: absolute(auth.postLogoutRedirectUri),
    clientCapabilities: auth.clientCapabilities,
    instanceAware: auth.instanceAware,
    responseMode: auth.OIDCOptions.responseMode,
    defaultScopes: auth.OIDCOptions.defaultScopes,
    protocolMode: system.protocolMode,
    cacheLocation: cache.cacheLocation,
    tokenRenewalOffsetSeconds: system.tokenRenewalOffsetSeconds,
    popupTimeout: system.popupBridgeTimeout,
    frameTimeout: system.iframeBridgeTimeout,
    redirectNavigationTimeout: system.redirectNavigationTimeout,
    appName: telemetry.application.appName,
    appVersion: telemetry.application.appVersion,
  };
}

const addresses = ["redirectUri", "postLogoutRedirectUri", "redirectStartPage", "mainWindowRedirectUri"];

// engineRequest is a request with a correlation id, with addresses that need no page around them, and with the parameters
// that earlier versions had under other names.
export function engineRequest(request, correlationId) {
  const { tokenQueryParameters, tokenBodyParameters, idTokenHint, ...result } = { ...request, correlationId };
  if (tokenQueryParameters || idTokenHint) {
    const hint = idTokenHint ? { id_token_hint: idTokenHint } : {};
    result.extraQueryParameters = { ...tokenQueryParameters, ...hint, ...result.extraQueryParameters };
  }
  if (tokenBodyParameters) result.extraParameters = { ...tokenBodyParameters, ...result.extraParameters };
  for (const name of addresses.filter((name) => name in result)) result[name] = absolute(result[name]);
  return result;
}

// absolute leaves an empty address as it is: the engine knows what that means.
function absolute(address) {
  return address ? new URL(address, window.location.href).href : address;
}
