/**
 * The signatures of a package's public names, from its declaration files: what a program that uses
 * the package is compiled against. A pure function from texts to a text.
 */
import { posix } from 'node:path'
import ts from 'typescript-6'

const HEAD = `What a program can name of the package: each declaration that it exports, and each that those name,
in alphabetical order. Docstrings are left out, but for what they say of a default.
`

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  allowImportingTsExtensions: true,
  noEmit: true,
  noLib: true,
  types: [],
}

/** A declaration of the report. */
interface Reached {
  readonly symbol: ts.Symbol
  /** The specifiers that export it; empty: others name it. */
  readonly exportedBy: string[]
  /** Whether a program can use the value: only then it sees a class's constructor and statics. */
  isValue: boolean
}

/** Text to put in the place of a range of a file. */
interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/**
 * The report. `texts`: declaration files by path, as in `src/index.d.ts`. `entries`: the file of
 * each entry by its specifier, as in `heddle/testing`. Imports of other packages are not followed.
 */
export function signaturesOf(
  texts: ReadonlyMap<string, string>,
  entries: Readonly<Record<string, string>>,
): string {
  const program = programOf(texts, Object.values(entries))
  const reach = new Reach(program.getTypeChecker())
  for (const [specifier, path] of Object.entries(entries)) {
    const file = program.getSourceFile(path)
    if (file === undefined) throw new Error(`${specifier} has no declaration file ${path}`)
    reach.addExportsOf(file, specifier)
  }
  return [HEAD, ...reach.report()].join('\n')
}

function programOf(texts: ReadonlyMap<string, string>, paths: readonly string[]): ts.Program {
  const host: ts.CompilerHost = {
    fileExists: (path) => texts.has(path),
    readFile: (path) => texts.get(path),
    getSourceFile: (path, version) => {
      const text = texts.get(path)
      return text === undefined ? undefined : ts.createSourceFile(path, text, version, true)
    },
    resolveModuleNameLiterals: (literals, importer) =>
      literals.map(({ text }) => {
        const path = posix.join(posix.dirname(importer), text.replace(/(\.d)?\.[jt]s$/, '.d.ts'))
        if (!text.startsWith('.') || !texts.has(path)) return { resolvedModule: undefined }
        return { resolvedModule: { resolvedFileName: path, extension: ts.Extension.Dts } }
      }),
    getCurrentDirectory: () => '',
    getDefaultLibFileName: () => 'lib.d.ts',
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    writeFile: () => {},
  }
  return ts.createProgram({ rootNames: paths, options: OPTIONS, host })
}

/** Finds what is exported, and all that it names. */
class Reach {
  readonly #checker: ts.TypeChecker
  readonly #reached = new Map<ts.Symbol, Reached>()

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker
  }

  addExportsOf(file: ts.SourceFile, specifier: string): void {
    const module = this.#checker.getSymbolAtLocation(file)
    if (module === undefined) return
    for (const exported of this.#checker.getExportsOfModule(module)) {
      const symbol = this.#origin(exported)
      const reached = this.#entryOf(symbol)
      if (!isTypeOnly(exported)) reached.isValue = true
      const isRenamed = exported.name !== symbol.name
      reached.exportedBy.push(isRenamed ? `${specifier} as ${exported.name}` : specifier)
    }
  }

  report(): string[] {
    for (const reached of [...this.#reached.values()]) this.#addNamedBy(reached)
    const all = [...this.#reached.values()]
    const parts = all.map((reached) => {
      const { symbol, exportedBy } = reached
      const statements = statementsOf(symbol)
      const isNamesake = all.some((other) => other !== reached && other.symbol.name === symbol.name)
      const file = isNamesake ? `, in ${statements[0]?.getSourceFile().fileName}` : ''
      const where = exportedBy.length === 0 ? 'not exported' : exportedBy.toSorted().join(', ')
      const texts = statements.map((statement) => this.#textOf(statement, reached))
      return { key: `${symbol.name} ${file}`, text: `// ${where}${file}\n${texts.join('\n')}\n` }
    })
    return parts.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ text }) => text)
  }

  #entryOf(symbol: ts.Symbol): Reached {
    const reached = this.#reached.get(symbol) ?? { symbol, exportedBy: [], isValue: false }
    this.#reached.set(symbol, reached)
    return reached
  }

  #origin(symbol: ts.Symbol): ts.Symbol {
    const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0
    return isAlias ? this.#checker.getAliasedSymbol(symbol) : symbol
  }

  #addNamedBy(reached: Reached): void {
    const visit = (node: ts.Node): void => {
      if (isLeftOut(node, reached)) return
      const symbol = this.#namedBy(node)
      if (symbol !== undefined) this.#add(symbol, namesValue(node))
      ts.forEachChild(node, visit)
    }
    for (const statement of statementsOf(reached.symbol)) visit(statement)
  }

  #add(symbol: ts.Symbol, isValue: boolean): void {
    const isNew = !this.#reached.has(symbol)
    const reached = this.#entryOf(symbol)
    if (!isNew && (reached.isValue || !isValue)) return
    reached.isValue ||= isValue
    this.#addNamedBy(reached)
  }

  /** The declaration of a file that an identifier names. */
  #namedBy(node: ts.Node): ts.Symbol | undefined {
    if (!ts.isIdentifier(node)) return undefined
    const named = this.#checker.getSymbolAtLocation(node)
    const symbol = named && this.#origin(named)
    return symbol !== undefined && statementsOf(symbol).length > 0 ? symbol : undefined
  }

  /** A statement without `export declare`, docstrings, and members that no user sees. */
  #textOf(statement: ts.Statement, reached: Reached): string {
    const file = statement.getSourceFile()
    const start = statement.getStart(file)
    const edits: Edit[] = []
    this.#collectEdits(statement, reached, edits)
    let text = ''
    let at = start
    for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
      if (edit.start < at) continue
      text += file.text.slice(at, edit.start) + edit.text
      at = edit.end
    }
    text += file.text.slice(at, statement.end)
    const comments = ts.getLeadingCommentRanges(file.text, statement.pos) ?? []
    const doc = comments.findLast(({ end }) => file.text.startsWith('\n', end))
    const head = doc === undefined ? '' : defaultIn(file.text.slice(doc.pos, doc.end), '')
    return head + text.replace(/^(export )?(default )?(declare )?/, '')
  }

  #collectEdits(node: ts.Node, reached: Reached, edits: Edit[]): void {
    if (isLeftOut(node, reached)) {
      edits.push({ start: node.pos, end: node.end, text: '' })
      return
    }
    const children = node.getChildren().filter((child) => !ts.isJSDoc(child))
    if (children.length === 0) edits.push(...commentEdits(node))
    // import("../schema.ts").Schema
    if (ts.isImportTypeNode(node) && node.qualifier && this.#namedBy(node.qualifier)) {
      edits.push({ start: node.getStart(), end: node.qualifier.getStart(), text: '' })
    }
    const symbol = this.#namedBy(node)
    if (symbol !== undefined && symbol.name !== node.getText()) {
      edits.push({ start: node.getStart(), end: node.end, text: symbol.name })
    }
    for (const child of children) this.#collectEdits(child, reached, edits)
  }
}

/** The statements of a file that declare it: more than one for overloads. */
function statementsOf(symbol: ts.Symbol): ts.Statement[] {
  return (symbol.declarations ?? []).flatMap((node) => {
    const statement: ts.Node = ts.isVariableDeclaration(node) ? node.parent.parent : node
    return ts.isStatement(statement) && ts.isSourceFile(statement.parent) ? statement : []
  })
}

/** `export type { A }` and `export { type A }`. */
function isTypeOnly(symbol: ts.Symbol): boolean {
  const [node] = symbol.declarations ?? []
  return node !== undefined && ts.isExportSpecifier(node) && ts.isTypeOnlyExportDeclaration(node)
}

/** Whether an identifier stands for a value: `typeof x`, and the class that another one extends. */
function namesValue({ parent }: ts.Node): boolean {
  if (ts.isTypeQueryNode(parent)) return true
  return ts.isExpressionWithTypeArguments(parent) && ts.isClassDeclaration(parent.parent.parent)
}

/** Whether a node is a member that no program sees. Of a class that is not exported, all are. */
function isLeftOut(node: ts.Node, { isValue, exportedBy }: Reached): boolean {
  if (!ts.isClassElement(node) && !ts.isTypeElement(node)) return false
  if (ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal')) return true
  if (!ts.isClassDeclaration(node.parent)) return false
  if (node.name !== undefined && ts.isPrivateIdentifier(node.name)) return true
  if (isValue) return false
  if (exportedBy.length === 0 || ts.isConstructorDeclaration(node)) return true
  return (ts.getCombinedModifierFlags(node as ts.Declaration) & ts.ModifierFlags.Static) !== 0
}

/** Takes the comments before a token away; before a member, their words about a default stay. */
function commentEdits(token: ts.Node): Edit[] {
  const { text } = token.getSourceFile()
  const comments = ts.getLeadingCommentRanges(text, token.pos) ?? []
  const [first] = comments
  if (first === undefined) return []
  const end = token.getStart()
  if (!beginsMember(token)) {
    const before = text.slice(0, first.pos).trimEnd()
    return [{ start: before.length, end, text: before.endsWith('(') ? '' : ' ' }]
  }
  const line = text.slice(text.lastIndexOf('\n', end) + 1, end)
  const indent = /^\s*/.exec(line)?.[0] ?? ''
  const words = comments.map(({ pos, end }) => defaultIn(text.slice(pos, end), indent))
  return [{ start: first.pos, end, text: words.join('') }]
}

function beginsMember(token: ts.Node): boolean {
  for (let node = token; !ts.isSourceFile(node); node = node.parent) {
    if (node.getStart() !== token.getStart()) return false
    if (ts.isTypeElement(node) || ts.isClassElement(node)) return true
  }
  return false
}

/** The sentences of a docstring that speak of a default, as a comment of one line. */
function defaultIn(comment: string, indent: string): string {
  const prose = comment.replaceAll(/^\/\*\*|\*\/$/g, '').replaceAll(/\s+(\*\s)?\s*/g, ' ')
  const sentences = prose.split(/(?<=\.)\s/)
  const kept = sentences.filter((sentence) => /\bDefault\b|\b(the|by) default\b/.test(sentence))
  return kept.length === 0 ? '' : `// ${kept.join(' ').trim()}\n${indent}`
}
