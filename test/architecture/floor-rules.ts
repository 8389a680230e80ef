/**
 * The rules of imports: between the floors of the house, between the rooms of a floor, and without
 * cycles.
 */
import type { Reason } from '../reason.ts'
import { eachImport, type Rule, type Violation } from './rule.ts'
import { inFolders } from './source-tree.ts'
import { importsOf } from './syntax.ts'

/**
 * Folders of `src/`. A file imports from its own folder, and from lower floors; folders of one
 * floor stand side by side.
 */
const FLOORS = new Map([
  ['ids', 0],
  ['messages', 1],
  ['models', 1],
  ['state', 2],
  ['agents', 3],
  ['wire', 4],
  ['tools', 4],
  ['lane', 5],
  ['router', 5],
  ['runtime', 6],
  ['threads', 7],
  ['agentchat', 7],
  ['testing', 7],
  ['openai', 7],
  ['mcp', 7],
  ['ai-sdk', 8],
  ['http', 9],
])
/** Files below every floor, and why none of the floors has them. */
const GROUND: Readonly<Record<string, Reason>> = {
  'src/errors.ts': 'every floor from ids up throws its errors',
  'src/error-parts.ts': 'errors.ts reads with it what others have thrown',
  'src/describe.ts': 'errors of every floor put values into words',
  'src/clock.ts': 'every floor that measures time reads it there',
  'src/node-version.ts': 'each entry looks at the version before it loads any floor',
  'src/until.ts':
    'lanes, the router and agentchat race their waits there, and share no lower floor',
  'src/json-text.ts': 'lanes, the router and agentchat write values for people',
  'src/fifo.ts': 'lanes and the router queue, and neither imports the other',
  'src/nearest.ts': 'errors about options and about agents suggest a name',
  'src/judging-clock.ts': 'lanes and the router judge by time, and neither imports the other',
  'src/defect.ts': 'what can not happen is refused on every floor',
  'src/methods.ts': 'the state, the turn and the runtime are objects whose methods users take off',
  'src/option-check.ts': 'every floor that users call has options, from state up',
  'src/option-names.ts': 'definitions of messages have options, and messages are near the bottom',
  'src/option-rules.ts': 'option-check.ts refuses by its words',
}

/**
 * The rooms of a floor that has many files, lowest first; those in one list stand side by side. Its
 * loose files stand on top.
 */
const ROOMS = new Map<string, readonly (readonly string[])[]>([
  [
    'router',
    [
      ['ledger'],
      ['reports', 'routing', 'gate'],
      ['fleet'],
      ['requests', 'watches'],
      ['deliveries'],
      ['entrance', 'snapshots'],
    ],
  ],
  [
    'agentchat',
    [
      ['messages'],
      ['conditions'],
      ['runs'],
      ['agents'],
      ['tools'],
      ['assistant', 'code'],
      ['flows'],
      ['machine', 'graph'],
      ['conversations'],
      ['teams'],
    ],
  ],
])

type Position =
  | { readonly kind: 'top' }
  | { readonly kind: 'ground' }
  | { readonly kind: 'entry' }
  | { readonly kind: 'outside' }
  | { readonly kind: 'unplaced' }
  | { readonly kind: 'floor'; readonly folder: string; readonly floor: number }

export const importsPointDown: Rule = (sources) => {
  const house = inFolders(sources, 'src', 'workers')
  const unplaced = [...house.keys()]
    .filter((path) => positionOf(path).kind === 'unplaced')
    .map((path) => ({
      path,
      line: 1,
      problem: 'belongs to no floor; put a file of src in a folder that has one',
    }))
  const upward = eachImport(house, ({ path, line, target }) =>
    target === undefined || mayImport(positionOf(path), positionOf(target))
      ? undefined
      : { path, line, problem: `imports ${target}, which is not below it` },
  )
  return [...unplaced, ...upward]
}

function positionOf(path: string): Position {
  const [top, folder = ''] = path.split('/')
  if (top === 'workers') return { kind: 'entry' }
  if (top !== 'src') return { kind: 'outside' }
  if (path === 'src/index.ts') return { kind: 'top' }
  if (Object.hasOwn(GROUND, path)) return { kind: 'ground' }
  const floor = FLOORS.get(folder)
  return floor === undefined ? { kind: 'unplaced' } : { kind: 'floor', folder, floor }
}

function mayImport(from: Position, to: Position): boolean {
  if (to.kind !== 'ground' && to.kind !== 'floor') return false
  switch (from.kind) {
    case 'top':
      return true
    case 'ground':
      return to.kind === 'ground'
    case 'entry':
      return to.kind === 'floor' && (to.folder === 'threads' || to.folder === 'tools')
    case 'floor':
      return to.kind === 'ground' || to.folder === from.folder || to.floor < from.floor
    case 'outside':
    case 'unplaced':
      return false
  }
}

/** Within a floor that has rooms, imports point down as well. */
export const roomsPointDown: Rule = (sources) => {
  const house = inFolders(sources, 'src')
  const unplaced = [...house.keys()].flatMap((path) => {
    const place = placeOf(path)
    return place === undefined || place.level !== -1
      ? []
      : { path, line: 1, problem: `is in a room of ${place.floor} that has no place` }
  })
  const upward = eachImport(house, ({ path, line, target }) => {
    const from = placeOf(path)
    const to = target === undefined ? undefined : placeOf(target)
    if (from === undefined || to === undefined || from.floor !== to.floor) return undefined
    if (from.room === to.room || to.level < from.level) return undefined
    return { path, line, problem: `imports ${target}, which is not below it in ${from.floor}` }
  })
  return [...unplaced, ...upward]
}

interface Place {
  readonly floor: string
  /** Empty for a file beside the rooms. */
  readonly room: string
  /** -1 for an unknown room. */
  readonly level: number
}

function placeOf(path: string): Place | undefined {
  const [top, floor = '', ...rest] = path.split('/')
  const rooms = top === 'src' ? ROOMS.get(floor) : undefined
  if (rooms === undefined) return undefined
  const room = rest.length > 1 ? (rest[0] as string) : ''
  const level = room === '' ? rooms.length : rooms.findIndex((names) => names.includes(room))
  return { floor, room, level }
}

/** Types count too: a reader who follows a name must not return to the first file. */
export const noImportCycles: Rule = (sources) => {
  const violations: Violation[] = []
  const done = new Set<string>()
  const chain: string[] = []
  const visit = (path: string): void => {
    chain.push(path)
    for (const { line, target } of importsOf(path, sources.get(path) ?? '')) {
      if (target === undefined || !sources.has(target) || done.has(target)) continue
      const start = chain.indexOf(target)
      if (start === -1) visit(target)
      else {
        const cycle = [...chain.slice(start), target].join(' → ')
        violations.push({ path, line, problem: `closes the import cycle ${cycle}` })
      }
    }
    chain.pop()
    done.add(path)
  }
  for (const path of sources.keys()) if (!done.has(path)) visit(path)
  return violations
}
