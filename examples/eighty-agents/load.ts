/** What the agents do, in figures. */

/** How many agents do nothing but talk. */
export const TALKERS = 79
/** Each agent that searches compares the files of `node_modules` whose names end like this. */
export const SEARCHED = ['.d.ts', '.md', '.js'] as const
/** How many questions a talker answers, one after the other. */
export const QUESTIONS = 5
/** The words of an answer, and the milliseconds between them. */
export const WORDS = 60
export const WORD_MS = 20
/** Milliseconds in which nobody has a tool to call. */
export const CALM_MS = 1_000
/** Milliseconds between two beats of the main thread's heart. */
export const BEAT_MS = 20
/** After this many milliseconds, the tool that never ends is ended with its thread. */
export const HANG_MS = 3_000
/** After this many milliseconds, a program that is stuck is ended. */
export const PATIENCE_MS = 10_000
