/**
 * The fenced blocks of a text, in which models write code and data: found by the rules of Markdown.
 */

/**
 * Code with its language in lower case. Common languages have one name each, as in `javascript` for
 * `js`.
 */
export interface CodeBlock {
  /** Empty where the text names none. */
  readonly language: string
  readonly code: string
}

const ALIASES: Readonly<Record<string, string>> = {
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  node: 'javascript',
  py: 'python',
  python3: 'python',
  bash: 'sh',
  shell: 'sh',
}

const FENCE = /^([ \t]*)(`{3,}|~{3,})[ \t]*([^\s`]*)[^`]*$/

interface OpenBlock {
  readonly indent: number
  readonly fence: string
  readonly language: string
  readonly lines: string[]
}

/**
 * The fenced blocks of a text, in order. A fence of more than three marks may hold one of three. A
 * block that is never closed does not count: its answer was cut short, and half a program must not
 * run.
 */
export function codeBlocksIn(text: string): CodeBlock[] {
  const blocks: CodeBlock[] = []
  let open: OpenBlock | undefined
  for (const line of text.split(/\r?\n/)) {
    if (open === undefined) {
      open = opened(line)
    } else if (isEndOf(open, line)) {
      blocks.push({ language: open.language, code: open.lines.join('\n') })
      open = undefined
    } else open.lines.push(dedented(line, open.indent))
  }
  return blocks
}

/** The name under which heddle knows a language. */
export function languageOf(name: string): string {
  const lower = name.toLowerCase()
  return Object.hasOwn(ALIASES, lower) ? (ALIASES[lower] as string) : lower
}

function opened(line: string): OpenBlock | undefined {
  const [, indent = '', fence = '', language = ''] = FENCE.exec(line) ?? []
  if (fence === '') return undefined
  return { indent: indent.length, fence, language: languageOf(language), lines: [] }
}

function isEndOf({ fence }: OpenBlock, line: string): boolean {
  const marks = line.trim()
  return marks.length >= fence.length && marks === (fence[0] as string).repeat(marks.length)
}

/** A block in a list is indented as a whole. */
function dedented(line: string, indent: number): string {
  const own = line.length - line.trimStart().length
  return line.slice(Math.min(own, indent))
}
