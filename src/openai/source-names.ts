/** Who said a message, as a model is told it. */

/** In the field `name` of the message, as a prefix of its text, or not at all. */
export type SourceNames = 'field' | 'prefix' | 'none'

/** What the interface takes as a name; the field is left out for others. */
const NAME = /^[\w-]{1,64}$/
/** The source of what people say, which needs no name. */
const PEOPLE = 'user'

export interface SourceWords {
  readonly field?: string
  readonly prefix?: string
}

export function wordsOfSource(source: string, names: SourceNames): SourceWords {
  if (source === PEOPLE || names === 'none') return {}
  if (names === 'prefix') return { prefix: `${source}:` }
  return NAME.test(source) ? { field: source } : {}
}
