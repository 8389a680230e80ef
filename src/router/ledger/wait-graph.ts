/**
 * Who waits for whom: keys whose turns wait for answers from other keys, or for room in named
 * limits.
 *
 * Owns: nothing. Each key's record holds its turn's waits, each limit its holders.
 * Invariant: D9, a wait that could never end is not begun. A key waits for all that its turn has
 * asked; whoever waits for a limit waits for any one of its holders. So a wait is refused when even
 * the most favourable order of all that waits now would not let its key go on.
 */

/** A key, as far as it waits. */
export interface WaitingKey {
  /** What its turn waits for; undefined: nothing. */
  readonly waits: ReadonlySet<Wait> | undefined
}

/** A named limit, as far as others wait for it. */
export interface HeldLimit {
  readonly name: string
  readonly hasRoom: boolean
  readonly heldBy: readonly string[]
  /** The keys whose turns hold it. */
  holders(): readonly WaitingKey[]
}

/** One wait of a key's turn. */
export interface Wait {
  /** The agent that waits, as `type/key`. */
  readonly by: string
  readonly target: WaitTarget
  /** The router's time at which it began. */
  readonly since: number
}

export type WaitTarget =
  | { readonly kind: 'key'; readonly key: WaitingKey | undefined; readonly name: string }
  | { readonly kind: 'limit'; readonly limit: HeldLimit; readonly name: string }

/**
 * The cycle that a new wait of `from` would close, as names: who waits first, then what each waits
 * for, and the first again at the end. Undefined: the wait can end.
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
 * wait for in turn.
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

/** Whether there is anything to look at: most who are asked wait for nobody. */
function canBeStuck(target: WaitTarget): boolean {
  if (target.kind === 'limit') return !target.limit.hasRoom
  return target.key?.waits !== undefined && target.key.waits.size > 0
}

/** Of all keys that `target` depends on, those that can go on while `from` can't. */
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
  return target.limit.hasRoom || keysOf(target).some((key) => free.has(key))
}

function keysOf(target: WaitTarget): readonly WaitingKey[] {
  if (target.kind === 'key') return target.key === undefined ? [] : [target.key]
  return target.limit.holders()
}

/** A way from what is waited for back to `from`: what is waited for, in turn. */
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
