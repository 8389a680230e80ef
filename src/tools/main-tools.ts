/**
 * What tools need of the main thread: the pool of the process, and the locks. Calls of turns go
 * there by their lanes.
 */
import { isMainThread } from 'node:worker_threads'
import { HeddleError } from '../errors.ts'
import {
  isInUse,
  type MainPart,
  onMain,
  type PartHost,
  type PartRun,
  setMainPart,
} from './main-part.ts'
import { isToolThread, type PlaceOptions, type PoolCall, type WhenFull } from './pool-call.ts'
import { type LockAsk, processLocks } from './tool-locks.ts'

/** The part's kind is the name of the subpath that has to be loaded on the main thread. */
const KIND = 'tools'

type Data =
  | { readonly kind: 'run'; readonly call: PoolCall; readonly whenFull: WhenFull | undefined }
  /** Progress says that the locks are there; they are given back when the signal aborts. */
  | { readonly kind: 'hold'; readonly ask: LockAsk }

type Pools = typeof import('./process-pool.ts')
/** A thread that only imports a tool needs no pool, and does not load one. */
let pools: Pools | undefined
/** Lets go of the pool, which is held while runtimes run. */
let letGo: (() => Promise<void>) | undefined

const part: MainPart = {
  run: (data, host) => {
    const asked = data as Data
    return asked.kind === 'run' ? runHere(asked, host) : holdHere(asked.ask, host)
  },
  rest: async () => {
    const own = letGo
    letGo = undefined
    await own?.()
  },
}

/** On the main thread: from now on it does its part. */
export function serveTools(): void {
  if (isMainThread) setMainPart(KIND, part)
}

/**
 * Runs a call in the pool of the process. Rejects with the signal's reason as soon as that aborts,
 * with HEDDLE_TOOL_NO_POOL, HEDDLE_OUTSIDE_TURN and HEDDLE_NOT_ON_MAIN.
 */
export async function runOnMain(call: PoolCall, options: PlaceOptions): Promise<unknown> {
  const { signal, onProgress: progress, whenFull } = options
  const { name: tool } = call
  if (isToolThread()) {
    const problem =
      'this is another tool of a pool, and threads that wait for each other could wait for ever; call the function that it is made of'
    throw new HeddleError('HEDDLE_TOOL_NO_POOL', { tool, problem })
  }
  const data: Data = { kind: 'run', call, whenFull }
  return onMain({ call: { kind: KIND, data }, what: `the tool '${tool}'`, signal, progress })
}

/**
 * Waits for the locks of a call that runs beside its caller. Resolves to the function that gives
 * them back. Rejects as `runOnMain` does.
 */
export async function holdOnMain(
  ask: LockAsk,
  tool: string,
  signal: AbortSignal,
): Promise<() => void> {
  signal.throwIfAborted()
  const holding = new AbortController()
  const release = () => holding.abort()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const data: Data = { kind: 'hold', ask }
  const held = onMain({
    call: { kind: KIND, data },
    what: `the tool '${tool}'`,
    signal: holding.signal,
    progress: () => resolve(),
  })
  held.catch(reject)
  const giveUp = () => {
    reject(signal.reason)
    release()
  }
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    await promise
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
  return release
}

function runHere({ call, whenFull }: Data & { kind: 'run' }, host: PartHost): PartRun {
  const onProgress = (value: unknown) => host.progress(value)
  const start = ({ holdProcessPool, processPool }: Pools) => {
    if (isInUse()) letGo ??= holdProcessPool()
    return processPool().start(call, { signal: host.signal, onProgress, whenFull, turn: host.turn })
  }
  if (pools !== undefined) return start(pools)
  const starting = import('./process-pool.ts').then((loaded) => {
    pools = loaded
    return start(loaded)
  })
  return {
    result: starting.then(({ result }) => result),
    letGo: starting.then(
      ({ letGo }) => letGo,
      () => {},
    ),
  }
}

function holdHere(ask: LockAsk, { signal, progress, turn }: PartHost): PartRun {
  const { promise: result, reject } = Promise.withResolvers<never>()
  const { promise: letGo, resolve } = Promise.withResolvers<void>()
  const granted = () => {
    turn?.hold()
    progress(true)
  }
  const refused = (error: unknown) => {
    reject(error)
    resolve()
  }
  const hold = processLocks.ask(ask, { granted, refused, turn })
  const release = () => {
    hold.release()
    reject(signal.reason)
    resolve()
  }
  signal.addEventListener('abort', release, { once: true })
  if (signal.aborted) release()
  return { result, letGo }
}
