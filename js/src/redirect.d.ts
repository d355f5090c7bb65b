import type { NavigationClient } from "./latchkey.js";

/**
 * Hands the authority's response in this page's address to the page that waits for it: another window, the page
 * around this frame, or the page that left. Call it on the page that is registered as redirect URI.
 * Rejected with `errorCode` `empty_response` if there is no response, `unable_to_parse_state` if it is nobody's.
 */
export declare function broadcastResponseToMainFrame(navigationClient?: NavigationClient): Promise<void>;
