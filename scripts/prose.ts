/**
 * Breaks the comments of a source file and the paragraphs of a page at the measure, so that no line
 * is too long to read easily. Pure functions from text to text.
 */
import { parse } from '@babel/parser'

export const MEASURE = 100

/**
 * Fills lines up to the measure. The first line begins with `first` and the others with `rest`. A
 * word that is too long gets a line of its own.
 */
function filled(words: readonly string[], first: string, rest: string): string[] {
  const lines: string[] = []
  let line = first
  let isEmpty = true
  for (const word of words) {
    if (!isEmpty && line.length + 1 + word.length > MEASURE) {
      lines.push(line)
      line = rest
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return isEmpty && lines.length > 0 ? lines : [...lines, line]
}

/** Code in backticks and links stay whole: a line break within them would change them. */
function wordsOf(text: string): string[] {
  return text.match(/(?:`[^`]*`|\{@link [^}]*\}|\[[^\]]*\]\([^)]*\)|[^\s])+/g) ?? []
}

const ITEM = /^(\s*)((?:[-*+]|\d+[.)])\s+|@[\w-]+ )/
/** A part of a file's head begins on a new line. */
const PART = /^(Owns|Does not own|Invariants?|Gotchas?|Arguments?):/

/**
 * Reflows paragraphs and list items. `lines` have no margin. Code, indented code and tables stay as
 * they are.
 */
function reflowed(lines: readonly string[], margin: string): string[] {
  const result: string[] = []
  let block: { first: string; rest: string; words: string[] } | undefined
  let isCode = false
  const close = () => {
    if (block !== undefined) result.push(...filled(block.words, block.first, block.rest))
    block = undefined
  }
  const asIs = (line: string) => {
    close()
    result.push(`${margin}${line}`.trimEnd())
  }
  for (const line of lines) {
    const text = line.trimEnd()
    if (/^\s*(```|~~~)/.test(text)) {
      asIs(text)
      isCode = !isCode
    } else if (isCode || isFixed(text) || (block === undefined && /^ {4,}\S/.test(text))) asIs(text)
    else {
      const item = ITEM.exec(text)
      if (item !== null || block === undefined || PART.test(text)) {
        close()
        const lead = item === null ? (/^\s*/.exec(text)?.[0] ?? '') : `${item[1]}${item[2]}`
        const hang = item?.[2]?.startsWith('@') === true ? 2 : lead.length
        const rest = `${margin}${' '.repeat(hang)}`
        block = { first: `${margin}${lead}`, rest, words: wordsOf(text.slice(lead.length)) }
      } else block.words.push(...wordsOf(text))
      if (/ {2}$/.test(line)) close() // two trailing spaces ask for a line break
    }
  }
  close()
  return result
}

/** Blank lines, headings, tables, quotes, rules, HTML. */
function isFixed(text: string): boolean {
  return text === '' || /^\s*(#{1,6} |\||>|<|---|===|\[[^\]]+\]: )/.test(text)
}

/** A page of Markdown whose paragraphs, lists and comments in code are at the measure. */
export function reflowPage(text: string): string {
  const lines = text.replace(/\n$/, '').split('\n')
  const page = `${reflowed(lines, '').join('\n')}\n`
  return page.replace(/^```ts\n([\s\S]*?)^```$/gm, (_, code: string) => {
    return `\`\`\`ts\n${reflowSource(code)}\`\`\``
  })
}

interface Comment {
  readonly type: 'CommentBlock' | 'CommentLine'
  readonly value: string
  readonly start: number
  readonly end: number
}

function commentsOf(text: string): readonly Comment[] {
  const options = { sourceType: 'module', errorRecovery: true, attachComment: false } as const
  const file = parse(text, { ...options, plugins: ['typescript'] })
  return (file.comments ?? []) as unknown as Comment[]
}

/** A source file whose comments are at the measure. Its code stays as it is. */
export function reflowSource(text: string): string {
  let result = text
  for (const comment of commentsOf(text).toReversed()) {
    const lineStart = text.lastIndexOf('\n', comment.start - 1) + 1
    const before = text.slice(lineStart, comment.start)
    const isWide = text
      .slice(lineStart, comment.end)
      .split('\n')
      .some((line) => line.length > MEASURE)
    if (!isWide || /@ts-|biome-ignore|#!/.test(comment.value)) continue
    const indent = /^\s*/.exec(before)?.[0] ?? ''
    const isAlone = before.trim() === ''
    const said =
      comment.type === 'CommentLine' ? lineComment(comment, indent) : blockComment(comment, indent)
    const isTrailing = !isAlone && comment.type === 'CommentLine'
    if (!isAlone && !isTrailing) continue
    const start = isTrailing ? lineStart : comment.start - before.length
    const code = isTrailing ? `\n${before.trimEnd()}` : ''
    result = result.slice(0, start) + said.join('\n') + code + result.slice(comment.end)
  }
  return result
}

function lineComment({ value }: Comment, indent: string): string[] {
  const margin = `${indent}// `
  return filled(wordsOf(value), margin, margin)
}

function blockComment({ value }: Comment, indent: string): string[] {
  const isDoc = value.startsWith('*')
  const lines = value
    .replace(/^\*/, '')
    .split('\n')
    .map((line, at) => (at === 0 ? line.replace(/^ /, '') : line.replace(/^\s*\*? ?/, '')))
  while (lines.length > 0 && lines[0]?.trim() === '') lines.shift()
  while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop()
  const body = reflowed(lines, `${indent} * `).map((line) =>
    line.trim() === '*' ? `${indent} *` : line,
  )
  return [`${indent}/*${isDoc ? '*' : ''}`, ...body, `${indent} */`]
}
