/**
 * Cyclomatic complexity (McCabe, "A Complexity Measure", IEEE TSE 1976): 1 for a function and 1 for
 * each decision in it. A decision is an if, a loop, a case with a test, a catch, a ?:, and a && ||
 * ?? or its assignment. A function inside another one is counted separately.
 */
export interface FunctionFigures {
  readonly name: string
  readonly line: number
  readonly complexity: number
  /**
   * Its own lines: without those of functions inside it, except the line on which such a function
   * starts.
   */
  readonly lines: number
}

export interface Complexity {
  readonly functions: readonly FunctionFigures[]
  /** Decisions outside any function. */
  readonly outside: number
  /** The depth of the tree, in all, and without the links of chains such as `a + b + …`. */
  readonly levels: { readonly all: number; readonly unchained: number }
}

export interface SyntaxNode {
  readonly type: string
  readonly [key: string]: unknown
}

interface Counts {
  complexity: number
  lines: number
}

const FUNCTIONS = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ObjectMethod',
  'ClassMethod',
  'ClassPrivateMethod',
])
const DECISIONS = new Set([
  'IfStatement',
  'ConditionalExpression',
  'LogicalExpression',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'WhileStatement',
  'DoWhileStatement',
  'CatchClause',
])
/** Nodes that hold the next node of their kind, so that a long chain of them is a deep tree. */
const CHAINS = new Set([
  'IfStatement',
  'ConditionalExpression',
  'BinaryExpression',
  'LogicalExpression',
  'AssignmentExpression',
])
const LOGICAL_ASSIGNMENTS = new Set(['&&=', '||=', '??='])

/**
 * Functions come in no particular order. The walk has its own stack, since sources may nest deeply.
 */
export function complexityOf(program: SyntaxNode): Complexity {
  const outside: Counts = { complexity: 0, lines: 0 }
  const found: { counts: Counts; name: string; line: number }[] = []
  const levels = { all: 0, unchained: 0 }
  const pending: [
    node: SyntaxNode,
    parent: SyntaxNode,
    owner: Counts,
    all: number,
    unchained: number,
  ][] = []
  pending.push([program, program, outside, 1, 1])
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [node, parent, owner, all, above] = next
    const unchained = CHAINS.has(node.type) ? above : above + 1
    levels.all = Math.max(levels.all, all)
    levels.unchained = Math.max(levels.unchained, unchained)
    let counts = owner
    if (FUNCTIONS.has(node.type)) {
      const { start, end } = linesOf(node)
      counts = { complexity: 1, lines: end - start + 1 }
      owner.lines -= end - start
      found.push({ counts, name: functionName(node, parent), line: start })
    } else if (isDecision(node)) {
      owner.complexity += 1
    }
    for (const key in node) {
      const value = node[key]
      if (Array.isArray(value)) {
        for (const item of value) {
          if (isNode(item)) pending.push([item, node, counts, all + 1, unchained])
        }
      } else if (isNode(value)) {
        pending.push([value, node, counts, all + 1, unchained])
      }
    }
  }
  const functions = found.map(({ counts, name, line }) => ({ name, line, ...counts }))
  return { functions, outside: outside.complexity, levels }
}

function isDecision(node: SyntaxNode): boolean {
  if (DECISIONS.has(node.type)) return true
  if (node.type === 'SwitchCase') return node.test !== null
  return node.type === 'AssignmentExpression' && LOGICAL_ASSIGNMENTS.has(String(node.operator))
}

/** The function's own name, or the name of what it is assigned to. */
function functionName(node: SyntaxNode, parent: SyntaxNode): string {
  const holder = [parent.id, parent.key, parent.left].find(isNode)
  const named = [node.id, node.key].find(isNode)
  return identifierText(named ?? (isValueOf(node, parent) ? holder : undefined)) ?? '(anonymous)'
}

function isValueOf(node: SyntaxNode, parent: SyntaxNode): boolean {
  return parent.init === node || parent.value === node || parent.right === node
}

function identifierText(node: SyntaxNode | undefined): string | undefined {
  if (node === undefined) return undefined
  if (node.type === 'MemberExpression' && isNode(node.property)) node = node.property
  if (node.type === 'PrivateName' && isNode(node.id)) return `#${String(node.id.name)}`
  const text = node.name ?? node.value
  return typeof text === 'string' || typeof text === 'number' ? String(text) : undefined
}

function linesOf(node: SyntaxNode): { start: number; end: number } {
  const loc = node.loc as { start: { line: number }; end: { line: number } }
  return { start: loc.start.line, end: loc.end.line }
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value
}
