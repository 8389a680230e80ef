/**
 * The graph of waits: keys whose turns wait for answers from other keys, for room in named limits,
 * for the locks of tools, or for tasks.
 *
 * Owns: nothing. Each key's record holds its turn's waits, each limit its holders.
 * Invariant: D9, a wait that could never end does not begin. A key waits for all the requests of
 * its turn; a wait for a limit is a wait for any one of its holders, or for all of them; a wait for
 * a task is a wait for all of its keys. So a wait is refused when even the most favourable order of
 * all present waits would not let its key go on.
 */

/** The waits of a key. */
export interface WaitingKey {
  /** The waits of its turn; undefined: none. */
  readonly waits: ReadonlySet<Wait> | undefined
}

/** A named limit that others wait for, or a lock of a tool. */
export interface HeldLimit {
  readonly name: string
  readonly hasRoom: boolean
  /** Whether it is a lock of a tool. */
  readonly isLock?: boolean
  /** Whether a wait ends only when all holders have gone on. Default false: when one has. */
  readonly needsAll?: boolean
  readonly heldBy: readonly string[]
  /** The keys whose turns hold a permit of it. */
  holders(): readonly WaitingKey[]
}

/** One wait of a key's turn. */
export interface Wait {
  /** The agent that waits, as `type/key`. */
  readonly by: string
  readonly target: WaitTarget
  /** When it began, in the router's time. */
  readonly since: number
}

export type WaitTarget =
  | { readonly kind: 'key'; readonly key: WaitingKey | undefined; readonly name: string }
  | { readonly kind: 'limit'; readonly limit: HeldLimit; readonly name: string }
  /** A task, which ends when all of its keys have gone on. */
  | { readonly kind: 'task'; readonly keys: () => readonly WaitingKey[]; readonly name: string }

/**
 * The cycle that a new wait of `from` would close, as names: the agent that waits first, then what
 * each waits for, and the first again at the end. Undefined: the wait can end.
 */
export function cycleOf(from: WaitingKey, by: string, target: WaitTarget): string[] | undefined {
  if (!canBeStuck(target)) return undefined
  const free = keysThatCanGoOn(from, target)
  if (isOpen(target, free)) return undefined
  const path = pathTo(from, target, new Set())
  return path === undefined ? undefined : [by, ...path]
}

/**
 * The keys that must go on before all of `from` can: those that they wait for, and those that these
 * wait for, and so on.
 */
export function neededBy(from: Iterable<WaitingKey>): Set<WaitingKey> {
  const needed = new Set<WaitingKey>()
  const visit = (key: WaitingKey) => {
    for (const { target } of key.waits ?? []) {
      for (const next of keysOf(target)) {
        if (needed.has(next)) continue
        needed.add(next)
        visit(next)
      }
    }
  }
  for (const key of from) visit(key)
  return needed
}

/** Whether there is anything to check: most targets wait for nothing. */
function canBeStuck(target: WaitTarget): boolean {
  if (target.kind === 'limit') return !target.limit.hasRoom
  if (target.kind === 'task') return true
  return target.key?.waits !== undefined && target.key.waits.size > 0
}

/** The keys that `target` depends on and that can go on while `from` can't. */
function keysThatCanGoOn(from: WaitingKey, target: WaitTarget): Set<WaitingKey> {
  const reached = new Set<WaitingKey>()
  const visit = (next: WaitTarget) => {
    for (const key of keysOf(next)) {
      if (key === from || reached.has(key)) continue
      reached.add(key)
      for (const wait of key.waits ?? []) visit(wait.target)
    }
  }
  visit(target)
  const free = new Set<WaitingKey>()
  for (let before = -1; before < free.size; ) {
    before = free.size
    for (const key of reached) {
      if ([...(key.waits ?? [])].every((wait) => isOpen(wait.target, free))) free.add(key)
    }
  }
  return free
}

function isOpen(target: WaitTarget, free: ReadonlySet<WaitingKey>): boolean {
  if (target.kind === 'key') return target.key === undefined || free.has(target.key)
  if (target.kind === 'task') return target.keys().every((key) => free.has(key))
  const { limit } = target
  if (limit.hasRoom) return true
  const holders = limit.holders()
  return limit.needsAll === true
    ? holders.every((key) => free.has(key))
    : holders.some((key) => free.has(key))
}

function keysOf(target: WaitTarget): readonly WaitingKey[] {
  if (target.kind === 'key') return target.key === undefined ? [] : [target.key]
  if (target.kind === 'task') return target.keys()
  return target.limit.holders()
}

/** A path from `target` back to `from`, as the names of what is waited for, in order. */
function pathTo(from: WaitingKey, target: WaitTarget, seen: Set<WaitingKey>): string[] | undefined {
  for (const key of keysOf(target)) {
    if (key === from) return [target.name]
    if (seen.has(key)) continue
    seen.add(key)
    for (const wait of key.waits ?? []) {
      const rest = pathTo(from, wait.target, seen)
      if (rest !== undefined) return [target.name, ...rest]
    }
  }
  return undefined
}
