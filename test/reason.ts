/**
 * Why something is excepted from what holds for the rest, in words. Neither an empty string nor a
 * single word is a reason.
 */
export type Reason = `${string} ${string}`
