/** One plan on a stage, from its first message to the last settlement. */
import type {
  DeadLetter,
  HeddleError,
  InspectRecord,
  RuntimeStats,
  TaskEnd,
  TaskEvent,
} from '../../src/index.ts'
import type { HistoryEvent } from '../fixtures/history-file.ts'
import { Ask, Do, type Op, type Script } from '../fixtures/script.ts'
import { type Call, callsOf } from './history.ts'
import { nodesOf, type PlanNode } from './plan-nodes.ts'
import type { Plan, Planned } from './plans.ts'
import { lettersIn, lostIn } from './records.ts'
import type { Stage } from './stage.ts'

/** What a play left behind: the history that its handlers wrote, and heddle's own records. */
export interface Play {
  readonly plan: Plan
  readonly history: readonly HistoryEvent[]
  readonly nodes: ReadonlyMap<string, PlanNode>
  readonly calls: readonly Call[]
  /** What became of the messages from outside. */
  readonly answers: ReadonlyMap<string, Answer>
  readonly tasks: ReadonlyMap<string, Watched>
  readonly records: readonly InspectRecord[]
  readonly letters: readonly DeadLetter[]
  /**
   * Call ids of deliveries that no handler ended: poison, and requests that nobody waited for any
   * more.
   */
  readonly lost: ReadonlySet<string>
  readonly before: RuntimeStats
  readonly after: RuntimeStats
}

export type Answer =
  | { readonly kind: 'reply'; readonly by: string | undefined }
  | { readonly kind: 'refused'; readonly error: HeddleError }

/** A task whose events were read to their end. */
export interface Watched {
  readonly events: readonly TaskEvent[]
  readonly end: TaskEnd
}

export interface PlayOptions {
  /** Whether publishes are followed as tasks. */
  readonly tasks?: boolean
  /** Whether agents are asked at the end for what they keep. Default true. */
  readonly readsBack?: boolean
  /** Called with each inspect record. */
  readonly watch?: (record: InspectRecord) => void
  /**
   * Labels of messages whose senders give them up, each with the number of inspect records until
   * then.
   */
  readonly aborts?: ReadonlyMap<string, number>
}

/**
 * Sends the plan's messages at once, in order. When nothing is in flight any more, reads back what
 * their agents keep.
 */
export async function play(stage: Stage, plan: Plan, options: PlayOptions = {}): Promise<Play> {
  const { runtime } = stage
  const { watch = () => {}, readsBack = true } = options
  const before = runtime.stats()
  const start = stage.written
  const records: InspectRecord[] = []
  const company = new Company(stage, options)
  const unlisten = runtime.inspect((record) => {
    company.abort(records.push(record))
    watch(record)
  })
  const whole = readsBack ? [...plan, ...readingBack(plan)] : plan
  await company.send(plan)
  await stage.idle()
  await company.send(whole.slice(plan.length))
  await stage.idle()
  unlisten()
  const { answers, tasks } = company
  const history = stage.history(start)
  return {
    plan: whole,
    history,
    nodes: nodesOf(whole),
    calls: callsOf(history),
    answers,
    tasks,
    records,
    letters: lettersIn(records),
    lost: lostIn(records),
    before,
    after: runtime.stats(),
  }
}

/** Messages that show, at the end, the state of all agents of the plan's keys. */
function readingBack(plan: Plan): Plan {
  const keys = new Set(JSON.stringify(plan).match(/(?<=\/)k\d+/g))
  const script = [undefined, 'x', 'y'].map((entry): Op => {
    return { op: 'add', n: 0, ...(entry === undefined ? {} : { entry }) }
  })
  return [...keys].map((key): Planned => {
    return { kind: 'publish', to: `abc/${key}`, label: `read ${key}`, script }
  })
}

/** Sends a plan's messages from outside, and waits for their outcomes. */
class Company {
  readonly answers = new Map<string, Answer>()
  readonly tasks = new Map<string, Watched>()
  readonly #stage: Stage
  readonly #options: PlayOptions
  readonly #mark: string
  readonly #controllers = new Map<number, AbortController[]>()

  constructor(stage: Stage, options: PlayOptions) {
    this.#stage = stage
    this.#options = options
    this.#mark = stage.nextMark()
  }

  /**
   * Gives up the messages that are due after this many records: not within the record's listener,
   * but before any other event.
   */
  abort(records: number): void {
    const controllers = this.#controllers.get(records) ?? []
    for (const controller of controllers) queueMicrotask(() => controller.abort('as told'))
  }

  async send(plan: Plan): Promise<void> {
    await Promise.all([...plan.map((planned) => this.#send(planned)), this.#stage.idle()])
  }

  async #send(planned: Planned): Promise<void> {
    const { label } = planned
    try {
      this.answers.set(label, { kind: 'reply', by: await this.#reply(planned) })
    } catch (error) {
      this.answers.set(label, { kind: 'refused', error: error as HeddleError })
    }
  }

  async #reply({ kind, label, to, script }: Planned): Promise<string | undefined> {
    const { runtime } = this.#stage
    const step = { label, script: markedScript(script, this.#mark) }
    const there = marked(to, this.#mark)
    const options = this.#signalFor(label)
    if (kind === 'send') return runtime.send(Ask(step), there, options)
    if (this.#options.tasks !== true) return void (await runtime.publish(Do(step), there))
    const task = await runtime.run(Do(step), there, options)
    const events: TaskEvent[] = []
    for await (const event of task.events) events.push(event)
    this.tasks.set(label, { events, end: await task.ended })
    return undefined
  }

  #signalFor(label: string): { readonly signal?: AbortSignal } {
    const after = this.#options.aborts?.get(label)
    if (after === undefined) return {}
    const controller = new AbortController()
    this.#controllers.set(after, [...(this.#controllers.get(after) ?? []), controller])
    return { signal: controller.signal }
  }
}

/** The same topic or agent, with its key marked for this play. */
function marked(to: string, mark: string): string {
  return to.replace('/', `/${mark}`)
}

function markedScript(script: Script, mark: string): Script {
  return script.map((op): Op => {
    if (op.op === 'await' || op.op === 'signal') return { ...op, signal: mark + op.signal }
    if (op.op !== 'publish' && op.op !== 'ask') return op
    return { ...op, to: marked(op.to, mark), script: markedScript(op.script, mark) }
  })
}
