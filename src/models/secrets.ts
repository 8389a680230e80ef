/** Takes secrets out of what a provider says: some repeat a key in their errors. */

/** A shorter text is no secret: hiding it would hide other words. */
const SECRET_LENGTH = 8
const HIDDEN = '(hidden)'
/** The most of a provider's words in a message: some answer with a whole page. */
const MAX_WORDS = 500

/** What is a secret by its shape, whoever gave it. The part in the first group is kept. */
const SHAPES = [
  /(\b(?:Bearer|Basic) +)[\w.~+/=-]{8,}/gi,
  /(\b[a-z][a-z+.-]*:\/\/)[^\s/?#@]+@/gi, // the user and the password of a URL
  /(\b(?:api[-_]?key|access[-_]?token|x-api-key)["']?\s*[=:]\s*["']?)[\w.~+/=-]{8,}/gi,
  /()\b(?:sk|pk|rk|gsk|xai|hf|ghp|AIza)[-_]?[\w-]{16,}/g, // keys of well-known providers
]

/** The same text without secrets. */
export type Hide = (text: string) => string

/**
 * Hides these values, in headers with a scheme also the part after it, and what is a secret by its
 * shape.
 */
export function hider(values: readonly unknown[]): Hide {
  const secrets = values
    .filter((value) => typeof value === 'string')
    .flatMap((value) => [value, ...value.split(/[\r\n]+/)]) // its last line alone may be shown
    .flatMap((value) => [value, value.replace(/^\w+ +/, '')])
    .flatMap((value) => [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)])
    .filter((value) => value.length >= SECRET_LENGTH)
    .sort((one, other) => other.length - one.length) // one may begin with another
  return (text) => {
    const shown = secrets.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text)
    return SHAPES.reduce((rest, shape) => rest.replace(shape, `$1${HIDDEN}`), shown)
  }
}

/** The values of variables that are named as keys are: packages of providers read theirs there. */
export function keysOfEnvironment(): (string | undefined)[] {
  const names = Object.keys(process.env).filter((name) => /_(KEY|TOKEN|SECRET)$/i.test(name))
  return names.map((name) => process.env[name])
}

/** What a provider says, without secrets, and not longer than a message may be. */
export function toldWords(text: string, hide: Hide): string {
  const shown = hide(text) // first: half a key may be left at the cut
  return shown.length > MAX_WORDS ? `${shown.slice(0, MAX_WORDS)}…` : shown
}
