// The types of what the package exports, with the names of @azure/msal-browser 5.

export declare const version: string;
export declare const OIDC_DEFAULT_SCOPES: string[];
export declare const DEFAULT_IFRAME_TIMEOUT_MS: number;

type Values<T> = T[keyof T];

export declare const InteractionType: {
  readonly Redirect: "redirect";
  readonly Popup: "popup";
  readonly Silent: "silent";
  readonly None: "none";
};
export type InteractionType = Values<typeof InteractionType>;

export declare const InteractionStatus: {
  readonly Startup: "startup";
  readonly Logout: "logout";
  readonly AcquireToken: "acquireToken";
  readonly HandleRedirect: "handleRedirect";
  readonly None: "none";
};
export type InteractionStatus = Values<typeof InteractionStatus>;

export declare const BrowserCacheLocation: {
  readonly LocalStorage: "localStorage";
  readonly SessionStorage: "sessionStorage";
  readonly MemoryStorage: "memoryStorage";
};
export type BrowserCacheLocation = Values<typeof BrowserCacheLocation>;

export declare const CacheLookupPolicy: {
  readonly Default: 0;
  readonly AccessToken: 1;
  readonly AccessTokenAndRefreshToken: 2;
  readonly RefreshToken: 3;
  readonly RefreshTokenAndNetwork: 4;
  readonly Skip: 5;
};
export type CacheLookupPolicy = Values<typeof CacheLookupPolicy>;

export declare const WrapperSKU: {
  readonly React: "@azure/msal-react";
  readonly Angular: "@azure/msal-angular";
};
export type WrapperSKU = Values<typeof WrapperSKU>;

export declare const PromptValue: {
  LOGIN: string;
  SELECT_ACCOUNT: string;
  CONSENT: string;
  NONE: string;
  CREATE: string;
  NO_SESSION: string;
};

export declare const ProtocolMode: { readonly AAD: "AAD"; readonly OIDC: "OIDC"; readonly EAR: "EAR" };
export type ProtocolMode = Values<typeof ProtocolMode>;

export declare const ResponseMode: {
  readonly QUERY: "query";
  readonly FRAGMENT: "fragment";
  readonly FORM_POST: "form_post";
};
export type ResponseMode = Values<typeof ResponseMode>;

export declare const AuthenticationScheme: {
  readonly BEARER: "Bearer";
  readonly POP: "pop";
  readonly DPOP: "DPoP";
  readonly SSH: "ssh-cert";
};
export type AuthenticationScheme = Values<typeof AuthenticationScheme>;

export declare enum LogLevel {
  Error = 0,
  Warning = 1,
  Info = 2,
  Verbose = 3,
  Trace = 4,
}

export interface ILoggerCallback {
  (level: LogLevel, message: string, containsPii: boolean): void;
}

export type LoggerOptions = {
  loggerCallback?: ILoggerCallback;
  logLevel?: LogLevel;
  piiLoggingEnabled?: boolean;
};

export declare class Logger {
  constructor(options: LoggerOptions, packageName?: string, packageVersion?: string);
  clone(packageName: string, packageVersion: string): Logger;
  isPiiLoggingEnabled(): boolean;
  executeCallback(level: LogLevel, message: string, containsPii: boolean): void;
  error(message: string, correlationId: string): void;
  errorPii(message: string, correlationId: string): void;
  warning(message: string, correlationId: string): void;
  warningPii(message: string, correlationId: string): void;
  info(message: string, correlationId: string): void;
  infoPii(message: string, correlationId: string): void;
  verbose(message: string, correlationId: string): void;
  verbosePii(message: string, correlationId: string): void;
  trace(message: string, correlationId: string): void;
  tracePii(message: string, correlationId: string): void;
}

export type IdTokenClaims = {
  aud?: string;
  iss?: string;
  iat?: number;
  nbf?: number;
  exp?: number;
  oid?: string;
  sub?: string;
  tid?: string;
  ver?: string;
  name?: string;
  preferred_username?: string;
  upn?: string;
  email?: string;
  nonce?: string;
  sid?: string;
  login_hint?: string;
  acr?: string;
  tfp?: string;
  [claim: string]: unknown;
};

export type TenantProfile = Pick<
  AccountInfo,
  "tenantId" | "localAccountId" | "name" | "username" | "loginHint" | "upn" | "nativeAccountId"
> & { isHomeTenant?: boolean };

export type AccountInfo = {
  homeAccountId: string;
  environment: string;
  tenantId: string;
  username: string;
  localAccountId: string;
  loginHint?: string;
  name?: string;
  upn?: string;
  idToken?: string;
  idTokenClaims?: IdTokenClaims;
  nativeAccountId?: string;
  authorityType?: string;
  tenantProfiles?: Map<string, TenantProfile>;
  dataBoundary?: "EU" | "None";
  kmsi?: boolean;
};

export type AccountFilter = Omit<Partial<AccountInfo>, "idToken" | "idTokenClaims"> & {
  realm?: string;
  sid?: string;
  isHomeTenant?: boolean;
};

/** What the authority issued. `fromCache` tells whether it was asked. */
export type AuthenticationResult = {
  authority: string;
  uniqueId: string;
  tenantId: string;
  scopes: Array<string>;
  account: AccountInfo;
  idToken: string;
  idTokenClaims: IdTokenClaims;
  accessToken: string;
  fromCache: boolean;
  expiresOn: Date | null;
  extExpiresOn?: Date;
  refreshOn?: Date;
  tokenType: string;
  correlationId: string;
  requestId?: string;
  state?: string;
  familyId?: string;
  fromPlatformBroker?: boolean;
  resource?: string;
};

type BaseRequest = {
  authority?: string;
  correlationId?: string;
  claims?: string;
  resource?: string;
  extraQueryParameters?: Record<string, string>;
  extraParameters?: Record<string, string>;
  account?: AccountInfo | null;
  redirectUri?: string;
  state?: string;
};

type InteractiveRequest = BaseRequest & {
  scopes: Array<string>;
  loginHint?: string;
  domainHint?: string;
  sid?: string;
  prompt?: string;
  nonce?: string;
  extraScopesToConsent?: Array<string>;
};

export type PopupSize = { height: number; width: number };
export type PopupPosition = { top: number; left: number };
export type PopupWindowAttributes = { popupSize?: PopupSize; popupPosition?: PopupPosition };

export type PopupRequest = InteractiveRequest & {
  popupWindowAttributes?: PopupWindowAttributes;
  popupWindowParent?: Window;
  overrideInteractionInProgress?: boolean;
};

export type RedirectRequest = InteractiveRequest & { redirectStartPage?: string };

export type SilentRequest = BaseRequest & {
  scopes: Array<string>;
  forceRefresh?: boolean;
  cacheLookupPolicy?: CacheLookupPolicy;
  prompt?: string;
  refreshTokenExpirationOffsetSeconds?: number;
};

export type SsoSilentRequest = Partial<InteractiveRequest>;

export type EndSessionRequest = {
  account?: AccountInfo | null;
  postLogoutRedirectUri?: string | null;
  idTokenHint?: string;
  logoutHint?: string;
  state?: string;
  authority?: string;
  correlationId?: string;
  extraQueryParameters?: Record<string, string>;
};

export type EndSessionPopupRequest = EndSessionRequest & {
  mainWindowRedirectUri?: string;
  popupWindowAttributes?: PopupWindowAttributes;
  popupWindowParent?: Window;
};

export type ClearCacheRequest = { account?: AccountInfo | null; correlationId?: string };
export type InitializeApplicationRequest = { correlationId?: string };
export type HandleRedirectPromiseOptions = { hash?: string; navigateToLoginRequestUrl?: boolean };

export type NavigationOptions = { noHistory: boolean; timeout: number };

export interface INavigationClient {
  navigateInternal(url: string, options: NavigationOptions): Promise<boolean>;
  navigateExternal(url: string, options: NavigationOptions): Promise<boolean>;
}

export declare class NavigationClient implements INavigationClient {
  navigateInternal(url: string, options: NavigationOptions): Promise<boolean>;
  navigateExternal(url: string, options: NavigationOptions): Promise<boolean>;
}

export type BrowserAuthOptions = {
  clientId: string;
  authority?: string;
  knownAuthorities?: Array<string>;
  cloudDiscoveryMetadata?: string;
  authorityMetadata?: string;
  /** The page that ends a sign-in: redirect.html of this package, or a page that calls broadcastResponseToMainFrame. */
  redirectUri?: string;
  postLogoutRedirectUri?: string | null;
  clientCapabilities?: Array<string>;
  OIDCOptions?: { responseMode?: "query" | "fragment"; defaultScopes?: Array<string> };
  onRedirectNavigate?: (url: string) => boolean | void;
  instanceAware?: boolean;
  isMcp?: boolean;
  navigateToLoginRequestUrl?: boolean;
};

export type CacheOptions = { cacheLocation?: BrowserCacheLocation | string };

export type BrowserSystemOptions = {
  loggerOptions?: LoggerOptions;
  navigationClient?: INavigationClient;
  popupBridgeTimeout?: number;
  iframeBridgeTimeout?: number;
  redirectNavigationTimeout?: number;
  allowRedirectInIframe?: boolean;
  protocolMode?: ProtocolMode;
  tokenRenewalOffsetSeconds?: number;
  /** Another engine than the one that comes with the bundle. */
  engine?: unknown;
};

export type Configuration = {
  auth: BrowserAuthOptions;
  cache?: CacheOptions;
  system?: BrowserSystemOptions;
  telemetry?: { application?: { appName: string; appVersion: string } };
  experimental?: Record<string, unknown>;
};

export type BrowserConfiguration = {
  auth: Required<Omit<BrowserAuthOptions, "onRedirectNavigate" | "navigateToLoginRequestUrl">> & BrowserAuthOptions;
  cache: Required<CacheOptions>;
  system: Required<Omit<BrowserSystemOptions, "engine">> & BrowserSystemOptions;
  telemetry: Required<NonNullable<Configuration["telemetry"]>>;
  experimental: Record<string, unknown>;
};

export declare const EventType: {
  readonly INITIALIZE_START: "msal:initializeStart";
  readonly INITIALIZE_END: "msal:initializeEnd";
  readonly ACTIVE_ACCOUNT_CHANGED: "msal:activeAccountChanged";
  readonly LOGIN_SUCCESS: "msal:loginSuccess";
  readonly ACQUIRE_TOKEN_START: "msal:acquireTokenStart";
  readonly BROKERED_REQUEST_START: "msal:brokeredRequestStart";
  readonly ACQUIRE_TOKEN_SUCCESS: "msal:acquireTokenSuccess";
  readonly BROKERED_REQUEST_SUCCESS: "msal:brokeredRequestSuccess";
  readonly ACQUIRE_TOKEN_FAILURE: "msal:acquireTokenFailure";
  readonly BROKERED_REQUEST_FAILURE: "msal:brokeredRequestFailure";
  readonly ACQUIRE_TOKEN_NETWORK_START: "msal:acquireTokenFromNetworkStart";
  readonly HANDLE_REDIRECT_START: "msal:handleRedirectStart";
  readonly HANDLE_REDIRECT_END: "msal:handleRedirectEnd";
  readonly POPUP_OPENED: "msal:popupOpened";
  readonly LOGOUT_START: "msal:logoutStart";
  readonly LOGOUT_SUCCESS: "msal:logoutSuccess";
  readonly LOGOUT_FAILURE: "msal:logoutFailure";
  readonly LOGOUT_END: "msal:logoutEnd";
  readonly RESTORE_FROM_BFCACHE: "msal:restoreFromBFCache";
  readonly BROKER_CONNECTION_ESTABLISHED: "msal:brokerConnectionEstablished";
};
export type EventType = Values<typeof EventType>;

export type PopupEvent = { popupWindow: Window };
export type EventPayload =
  | AccountInfo
  | PopupRequest
  | RedirectRequest
  | SilentRequest
  | SsoSilentRequest
  | EndSessionRequest
  | AuthenticationResult
  | PopupEvent
  | null;
export type EventError = AuthError | Error | null;

export type EventMessage = {
  eventType: EventType;
  interactionType: InteractionType | null;
  payload: EventPayload;
  error: EventError;
  correlationId: string;
  timestamp: number;
};
export type EventCallbackFunction = (message: EventMessage) => void;

export declare class EventMessageUtils {
  static getInteractionStatusFromEvent(
    message: EventMessage,
    currentStatus?: InteractionStatus,
  ): InteractionStatus | null;
}

export declare class EventHandler {
  constructor(logger?: Logger);
  addEventCallback(
    callback: EventCallbackFunction,
    eventTypes?: Array<EventType>,
    callbackId?: string,
  ): string | null;
  removeEventCallback(callbackId: string): void;
  emitEvent(
    eventType: EventType,
    correlationId: string,
    interactionType?: InteractionType,
    payload?: EventPayload,
    error?: EventError,
  ): void;
}

export declare class AuthError extends Error {
  errorCode: string;
  errorMessage: string;
  subError: string;
  correlationId: string;
  constructor(errorCode: string, correlationId: string, errorMessage?: string, subError?: string);
}

export declare class BrowserAuthError extends AuthError {
  constructor(errorCode: string, correlationId: string, subError?: string, errorMessage?: string);
}

export declare class BrowserConfigurationAuthError extends AuthError {
  constructor(errorCode: string, correlationId: string, errorMessage?: string);
}

export declare class ClientAuthError extends AuthError {
  constructor(errorCode: string, correlationId: string, errorMessage?: string);
}

export declare class ClientConfigurationError extends AuthError {
  constructor(errorCode: string, correlationId: string, errorMessage?: string);
}

/** Only the user can go on: acquire the token interactively, with the error's `claims` in the request. */
export declare class InteractionRequiredAuthError extends AuthError {
  timestamp: string;
  traceId: string;
  claims: string;
  readonly errorNo?: string;
  constructor(
    errorCode: string,
    correlationId: string,
    errorMessage?: string,
    subError?: string,
    timestamp?: string,
    traceId?: string,
    claims?: string,
    errorNo?: string,
  );
}

export declare class ServerError extends AuthError {
  readonly errorNo?: string;
  readonly status?: number;
  constructor(
    errorCode: string,
    correlationId: string,
    errorMessage?: string,
    subError?: string,
    errorNo?: string,
    status?: number,
  );
}

export declare const InteractionRequiredAuthErrorCodes: Readonly<
  Record<
    | "noTokensFound"
    | "nativeAccountUnavailable"
    | "refreshTokenExpired"
    | "uiNotAllowed"
    | "interactionRequired"
    | "consentRequired"
    | "loginRequired"
    | "badToken"
    | "interruptedUser",
    string
  >
>;

export declare const BrowserAuthErrorCodes: Readonly<
  Record<
    | "emptyNavigateUri"
    | "hashEmptyError"
    | "noStateInHash"
    | "unableToParseState"
    | "interactionInProgress"
    | "popupWindowError"
    | "emptyWindowError"
    | "userCancelled"
    | "redirectBridgeEmptyResponse"
    | "redirectInIframe"
    | "blockIframeReload"
    | "blockNestedPopups"
    | "noAccountError"
    | "noTokenRequestCacheError"
    | "nonBrowserEnvironment"
    | "noNetworkConnectivity"
    | "postRequestFailed"
    | "getRequestFailed"
    | "cryptoNonExistent"
    | "uninitializedPublicClientApplication"
    | "timedOut"
    | "emptyResponse",
    string
  >
>;

export declare const BrowserConfigurationAuthErrorCodes: Readonly<
  Record<"storageNotSupported" | "stubbedPublicClientApplicationCalled" | "inMemRedirectUnavailable", string>
>;

export declare namespace BrowserUtils {
  function createGuid(): string;
  function getCurrentUri(): string;
  function getHomepage(): string;
  function isInIframe(): boolean;
}

export interface IPublicClientApplication {
  initialize(request?: InitializeApplicationRequest): Promise<void>;
  acquireTokenSilent(request: SilentRequest): Promise<AuthenticationResult>;
  acquireTokenPopup(request: PopupRequest): Promise<AuthenticationResult>;
  acquireTokenRedirect(request: RedirectRequest): Promise<void>;
  handleRedirectPromise(options?: HandleRedirectPromiseOptions): Promise<AuthenticationResult | null>;
  loginPopup(request?: PopupRequest): Promise<AuthenticationResult>;
  loginRedirect(request?: RedirectRequest): Promise<void>;
  ssoSilent(request: SsoSilentRequest): Promise<AuthenticationResult>;
  logoutRedirect(request?: EndSessionRequest): Promise<void>;
  logoutPopup(request?: EndSessionPopupRequest): Promise<void>;
  clearCache(request?: ClearCacheRequest): Promise<void>;
  getAllAccounts(filter?: AccountFilter): AccountInfo[];
  getAccount(filter: AccountFilter): AccountInfo | null;
  setActiveAccount(account: AccountInfo | null): void;
  getActiveAccount(): AccountInfo | null;
  addEventCallback(callback: EventCallbackFunction, eventTypes?: Array<EventType>): string | null;
  removeEventCallback(callbackId: string): void;
  getLogger(): Logger;
  setLogger(logger: Logger): void;
  initializeWrapperLibrary(sku: WrapperSKU, version: string): void;
  setNavigationClient(client: INavigationClient): void;
  getConfiguration(): BrowserConfiguration;
}

export interface PublicClientApplication extends IPublicClientApplication {}
export declare class PublicClientApplication {
  protected controller: unknown;
  constructor(configuration: Configuration, controller?: unknown);
}

export declare function createStandardPublicClientApplication(
  configuration: Configuration,
): Promise<IPublicClientApplication>;

export declare const stubbedPublicClientApplication: IPublicClientApplication;
