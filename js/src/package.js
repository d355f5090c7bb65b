export const name = "latchkey-browser";
export const version = "0.0.0";
