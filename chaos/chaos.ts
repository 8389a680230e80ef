/** One run: a bank on lanes that die, clients that go on regardless, and a judgement at the end. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { drop, type Intervention, type Runtime, ThreadedRuntime } from 'heddle'
import { Random } from '../src/testing/random.ts'
import { account, clerk, Notice } from './bank.agent.ts'
import { bomb } from './bomb.agent.ts'
import { Clients } from './clients.ts'
import { readJournal } from './journal.ts'
import { judge, type Verdict } from './judge.ts'
import { type Kills, Reaper } from './reaper.ts'

export interface ChaosOptions {
  readonly seconds: number
  readonly seed: number
  /** Ends the run when it aborts; `chaos` then rejects. */
  readonly signal?: AbortSignal
  readonly progress?: (second: number, state: { accepted: number; deaths: number }) => void
}

export interface ChaosReport {
  readonly accepted: number
  readonly handled: number
  readonly deadLettered: number
  readonly dropped: number
  readonly cancelled: number
  readonly lost: number
  readonly duplicated: number
  readonly reordered: number
  readonly overlapped: number
  readonly kills: Kills
  /** Deaths that were attributed to one named turn, to suspects, and to nothing. */
  readonly blamed: Reaper['blamed']
  /** How often turns forgot something, by the way in which it failed. */
  readonly slips: Clients['slips']
  /** Errors that came from turns that were over. */
  readonly late: number
  /** The most memory that the process held, all threads together, in mebibytes. */
  readonly maxHeapMb: number
  /** Turns that began. */
  readonly steps: number
}

/** Drops notices from outside: they are rumours. */
const noRumours: Intervention = {
  onPublish: (message, { sender }) => {
    return message.name === Notice.name && sender === undefined ? drop('a rumour') : message
  },
}

const CLIENTS = 16
const BOMB_MS = 400
/**
 * For each second of the run, how long the phase at its end lasts in which threads run out of
 * memory.
 */
const MEMORY_MS = 150
const SLIP_MS = 25
/**
 * How many turns of a batch end their threads: this many for each second of the run, but at least
 * `BATCH_LEAST`.
 */
const BATCH_A_SECOND = 0.5
const BATCH_LEAST = 6
const TERMINATE_MS = 1_500
const DRAIN_MS = 30_000

export async function chaos(options: ChaosOptions) {
  const { seconds, seed, signal, progress } = options
  const folder = mkdtempSync(join(tmpdir(), 'heddle-chaos-'))
  const path = join(folder, 'journal')
  const chance = new Random(seed)
  const reaper = new Reaper(chance)
  const runtime = await ThreadedRuntime.start({
    agents: [account.with({ journal: path }), clerk, bomb.with({ journal: path })],
    lanes: 2,
    laneHeapMb: 96,
    heapWatermark: 40,
    turnGraceMs: 100,
    restarts: { max: 100 },
    stallMs: 2_000,
    bounds: { messages: 1_000 },
    deadLetters: { max: 100_000 },
    interventions: [noRumours],
  })
  const interrupt = () => void runtime.stop({ deadlineMs: 0 })
  signal?.addEventListener('abort', interrupt, { once: true })
  try {
    signal?.throwIfAborted()
    reaper.watch(runtime)
    const clients = new Clients(runtime, chance)
    let maxHeapMb = 0
    const ends = Date.now() + seconds * 1_000
    const isOver = () => Date.now() >= ends || signal?.aborted === true
    const look = setInterval(() => {
      maxHeapMb = Math.max(maxHeapMb, Math.round(process.memoryUsage.rss() / 2 ** 20))
      const deaths = Object.values(reaper.kills).reduce((sum, count) => sum + count)
      const second = seconds - Math.ceil((ends - Date.now()) / 1_000)
      progress?.(second, { accepted: runtime.stats().accepted, deaths })
    }, 100)
    const bomber = async () => {
      for (; !isOver(); await pause(BOMB_MS)) {
        const isLate = Date.now() >= ends - seconds * MEMORY_MS
        await clients.bomb(isLate ? 'memory' : 'any')
      }
    }
    const slipper = async () => {
      for (; !isOver(); await pause(SLIP_MS)) await clients.slip()
    }
    const batcher = async () => {
      await pause((seconds * 1_000) / 3)
      await clients.batch(Math.max(BATCH_LEAST, Math.round(seconds * BATCH_A_SECOND)))
    }
    const terminator = async () => {
      for (; !isOver(); await pause(TERMINATE_MS)) reaper.terminate(runtime)
    }
    const client = async () => {
      while (!isOver()) await clients.act()
    }
    const all = [
      bomber,
      slipper,
      batcher,
      terminator,
      ...Array.from({ length: CLIENTS }, () => client),
    ]
    await Promise.all(all.map((act) => act())).finally(() => clearInterval(look))
    signal?.throwIfAborted()
    const isDrained = await Promise.race([runtime.idle().then(() => true), late(DRAIN_MS)])
    const verdict = await judge(readJournal(path), await booksOf(runtime, clients, isDrained))
    const { accepted, handled, deadLettered, dropped, cancelled } = runtime.stats()
    const report: ChaosReport = {
      ...{ accepted, handled, deadLettered, dropped, cancelled },
      lost: verdict.lost.length,
      duplicated: verdict.duplicated.length,
      reordered: verdict.reordered.length,
      overlapped: verdict.overlapped.length,
      kills: reaper.kills,
      blamed: reaper.blamed,
      slips: clients.slips,
      late: reaper.late,
      maxHeapMb,
      steps: verdict.steps,
    }
    const problems = [
      ...(await problemsOf(runtime, clients, verdict, isDrained)),
      ...reaper.misjudged,
    ]
    return { report, problems }
  } finally {
    signal?.removeEventListener('abort', interrupt)
    await runtime.stop({ deadlineMs: 0 })
    rmSync(folder, { recursive: true, force: true })
  }
}

async function booksOf(runtime: Runtime, { accepted, excused }: Clients, isDrained: boolean) {
  const { agents } = isDrained ? await runtime.saveState() : { agents: {} }
  const accounts = new Map<string, { balance: number; turns: number }>()
  for (const [id, state] of Object.entries(agents)) {
    const { balance = '0', turns = '0' } = state as Record<string, string>
    const [type, key] = id.split('/') as [string, string]
    if (type === 'account') accounts.set(key, { balance: Number(balance), turns: Number(turns) })
  }
  return { accepted, excused, accounts }
}

/** Everything that is wrong, as sentences. */
async function problemsOf(
  runtime: Runtime,
  { poison, rumours }: Clients,
  verdict: Verdict,
  isDrained: boolean,
): Promise<string[]> {
  const problems: string[] = []
  for (const fault of ['lost', 'duplicated', 'reordered', 'overlapped'] as const) {
    if (verdict[fault].length > 0)
      problems.push(`${fault}: ${verdict[fault].slice(0, 20).join(', ')}`)
  }
  if (!isDrained) {
    const stalled = runtime.stats().stalled.map((key) => JSON.stringify(key))
    problems.push(`not idle after ${DRAIN_MS} ms: ${stalled.join('; ')}`)
  }
  const { accepted, handled, deadLettered, dropped, cancelled, inFlight } = runtime.stats()
  if (accepted !== handled + deadLettered + dropped + cancelled + inFlight) {
    problems.push(`the ledger's counts don't sum up: ${JSON.stringify(runtime.stats())}`)
  }
  if (dropped !== rumours.size) {
    problems.push(`${dropped} were dropped, of ${rumours.size} rumours`)
  }
  for (const { payload, reason } of await runtime.deadLetters.list()) {
    const { id } = payload as { id: string }
    if (poison.has(id) && reason.kind === 'poison') continue
    const { message = '' } = 'error' in reason ? reason.error : {}
    problems.push(`${id} is a dead letter (${reason.kind}) and should not be: ${message}`)
  }
  return problems
}

function late(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms).unref())
}
