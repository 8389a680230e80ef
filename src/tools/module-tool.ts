/** Tools that a module exports, so that any thread finds them: `defineTool`. */
import { isTestFile, mainModule } from '../agents/main-module.ts'
import { describe } from '../errors.ts'
import type { Schema, SchemaInput, SchemaOutput } from '../messages/schema.ts'
import type { ToolCall } from '../models/model.ts'
import { checkRules } from '../option-check.ts'
import type { NamesOf } from '../option-names.ts'
import {
  COUNT,
  FUNCTION,
  firstWrong,
  MILLISECONDS,
  oneOf,
  type RulesOf,
  ruleThat,
  SIGNAL,
  sentenceOf,
} from '../option-rules.ts'
import { runOnMain, serveTools } from './main-tools.ts'
import { checkArguments, contextFor, plainInfo, poolCallOf, runBeside } from './module-call.ts'
import { isToolThread, type PlaceOptions, type WhenFull } from './pool-call.ts'
import { hearing } from './progress.ts'
import { answerWith, type Shown, TOOL_NAMES, type Tool } from './tool.ts'
import { shownOf } from './tool-content.ts'
import { noteDefinition, type Runs, type ToolDefinition } from './tool-definition.ts'
import { argumentsOf, checkTool, type ToolContext, type ToolOptions } from './tool-options.ts'
import { refuseTool } from './tool-refusal.ts'

/** The options of `defineTool`. */
export interface ModuleToolOptions<S extends Schema, R = unknown>
  extends Omit<ToolOptions<S>, 'run'> {
  /**
   * Runs the tool. For a model, its return value is shown as that of `tool` is. Other callers get
   * the value itself; from a pool as data: what can't cross threads is refused with
   * HEDDLE_PAYLOAD_NOT_CLONEABLE.
   */
  readonly run: (args: SchemaOutput<S>, context: ToolContext) => R
  /**
   * `lane` (the default): beside its caller. `pool`: on a thread of the process's pool of tools,
   * for what computes long or may never end.
   */
  readonly runs?: Runs
  /**
   * What a call works on, as a text. With it, `mode` holds by that key in the whole process, over
   * turns, lanes and conversations: `serial`: one serial call of a key at a time. `exclusive`: no
   * other call of the key, whatever its tool. A tool beside a turn holds it until it has ended, and
   * not longer than the turn.
   */
  readonly key?: (args: SchemaOutput<S>) => string
  /** How many of its calls may run at once in the whole process. Default: any number. */
  readonly atMost?: number
  /**
   * In a pool: after this many milliseconds the call fails with HEDDLE_TOOL_TIMEOUT, and its thread
   * is ended. Default 60,000. The time begins when the module is loaded.
   */
  readonly timeoutMs?: number
  /**
   * In a pool: the size limit of the JavaScript heap in mebibytes, at least 4. Over it, the call
   * fails with HEDDLE_TOOL_OUT_OF_MEMORY, and its thread is ended. Best effort: a crash of native
   * code, and a single allocation that is too large, may end the process. Default 512.
   */
  readonly memoryMb?: number
}

/** The options of a call by a program. */
export interface ToolRunOptions {
  readonly signal?: AbortSignal
  /**
   * Called with what the tool shows while it runs. What it throws, or its promise is rejected with,
   * fails the call.
   */
  readonly onProgress?: (value: unknown) => void
  /** What a call does that finds the queue of the pool full. Default `refuse`. */
  readonly whenFull?: WhenFull
}

const RUN_OPTIONS: RulesOf<ToolRunOptions> = {
  signal: SIGNAL,
  onProgress: FUNCTION,
  whenFull: oneOf('refuse', 'wait'),
}

/** The options of a call, with their defaults. Throws HEDDLE_INVALID_OPTION. */
export function placeOptions(given: ToolRunOptions): PlaceOptions {
  const { signal, onProgress, whenFull } = checkRules(given, RUN_OPTIONS)
  return { ...hearing(signal, onProgress), whenFull }
}

/** A tool that a module exports. Assistants take it, and programs call it with `run`. */
export interface ModuleTool<Input = never, Result = unknown> extends Tool {
  readonly runs: Runs
  /** The URL of its module. */
  readonly module: string
  /**
   * Runs the tool, and resolves to its value. Rejects with what the tool throws (from a
   * pool as an error that describes it), with
   * HEDDLE_TOOL_ARGUMENTS, HEDDLE_INVALID_OPTION and HEDDLE_ASYNC_SCHEMA, with HEDDLE_REQUEST_CYCLE
   * where a lock is held by a turn that waits for this one, and as soon as the signal aborts. From
   * a pool also with HEDDLE_TOOL_POOL_FULL, HEDDLE_TOOL_POOL_STOPPED, HEDDLE_TOOL_TIMEOUT,
   * HEDDLE_TOOL_OUT_OF_MEMORY, HEDDLE_TOOL_DIED, HEDDLE_TOOL_LOAD_FAILED, HEDDLE_TOOL_NO_POOL,
   * HEDDLE_PAYLOAD_NOT_CLONEABLE, HEDDLE_OUTSIDE_TURN and HEDDLE_NOT_ON_MAIN.
   */
  readonly run: (args: Input, options?: ToolRunOptions) => Promise<Result>
}

/** The options of any tool of a module, without their type parameters. */
type UntypedOptions = Omit<ModuleToolOptions<Schema>, 'run' | 'key'> & {
  readonly run: (args: never, context: ToolContext) => unknown
  readonly key?: (args: never) => unknown
}

const NAMES: NamesOf<ModuleToolOptions<Schema>> = {
  ...TOOL_NAMES,
  runs: true,
  key: true,
  atMost: true,
  timeoutMs: true,
  memoryMb: true,
}

/** With less, a thread can't load heddle and a small tool. */
const LEAST_MB = 16
const RULES = {
  runs: oneOf('lane', 'pool'),
  key: FUNCTION,
  atMost: COUNT,
  timeoutMs: MILLISECONDS,
  memoryMb: ruleThat(`a whole number of mebibytes, at least ${LEAST_MB}`, (value) => {
    return Number.isSafeInteger(value) && Number(value) >= LEAST_MB
  }),
}

/**
 * Defines a tool that other threads can find. `module` is `import.meta.url` of the module that
 * exports the result. Throws HEDDLE_INVALID_TOOL, also for a tool of the pool in a module that
 * threads can't import: the one that the program was started with, and a test file. Throws
 * HEDDLE_ASYNC_SCHEMA for parameters that check asynchronously.
 */
export function defineTool<S extends Schema, R>(
  module: string,
  options: ModuleToolOptions<S, R>,
): ModuleTool<SchemaInput<S>, Awaited<R>> {
  const jsonSchema = checkTool(options, NAMES)
  const { name, description, mode = 'parallel' } = options
  const definition = definitionFrom(module, options)
  const tool: ModuleTool<SchemaInput<S>, Awaited<R>> = Object.freeze({
    kind: 'tool',
    name,
    description,
    // with a key, its locks say what may run beside it
    mode: definition.key === undefined ? mode : 'parallel',
    parameters: jsonSchema,
    runs: definition.runs,
    module: definition.module,
    call: (call: ToolCall, context: ToolContext) => {
      return answerWith(name, call, context.signal, () => {
        const args = argumentsOf(call.arguments, definition.parameters, name)
        if (args.kind === 'refused') return { content: args.problem, isError: true }
        return callByModel(definition, args.value, context)
      })
    },
    run: (args: unknown, given: ToolRunOptions = {}) => {
      return callByProgram(definition, args, given) as Promise<Awaited<R>>
    },
  })
  noteDefinition(tool, definition)
  serveTools()
  return tool
}

function definitionFrom(module: unknown, options: UntypedOptions): ToolDefinition {
  const { name, mode = 'parallel', runs = 'lane', timeoutMs, memoryMb } = options
  if (typeof module !== 'string' || !URL.canParse(module)) {
    const problem = `the first argument must be import.meta.url, and is ${describe(module)}`
    throw refuseTool(problem, name)
  }
  const wrong = firstWrong(options, RULES)
  if (wrong !== undefined) throw refuseTool(sentenceOf(wrong), name)
  if (runs === 'pool') checkModule(module, name)
  else if (timeoutMs !== undefined || memoryMb !== undefined) {
    const which = timeoutMs === undefined ? 'memoryMb' : 'timeoutMs'
    throw refuseTool(`only a tool of the pool has ${which}; add runs: 'pool'`, name)
  }
  return {
    name,
    module,
    parameters: options.parameters,
    runs,
    mode,
    key: options.key,
    atMost: options.atMost,
    timeoutMs: timeoutMs ?? 60_000,
    memoryMb: memoryMb ?? 512,
    run: options.run,
  }
}

/** A thread that imports the program would run it again. */
function checkModule(module: string, name: string): void {
  if (isToolThread()) return
  if (isTestFile(module)) {
    throw refuseTool('it is defined in a test file, which a thread can not import', name)
  }
  if (module !== mainModule()) return
  const mend =
    'move it to a module of its own, and if a bundler merged the two, build that module as an entry point'
  const problem = `it is defined in ${module}, the file that this program was started with: a thread that imports it would run the program again`
  throw refuseTool(`${problem}; ${mend}`, name)
}

async function callByModel(
  definition: ToolDefinition,
  args: unknown,
  context: ToolContext,
): Promise<Shown> {
  const { callId, agent, idempotencyKey, signal, progress: onProgress } = context
  if (definition.runs === 'lane') return shownOf(await runBeside(definition, args, context))
  const call = poolCallOf(definition, args, { callId, agent, idempotencyKey, forModel: true })
  const options = { signal, onProgress, whenFull: 'wait' } as const
  return (await runOnMain(call, options)) as Shown
}

async function callByProgram(
  definition: ToolDefinition,
  given: unknown,
  options: ToolRunOptions,
): Promise<unknown> {
  const place = placeOptions(options)
  const args = checkArguments(definition, given)
  const info = plainInfo()
  if (definition.runs === 'pool') {
    return runOnMain(poolCallOf(definition, args, info), place)
  }
  const { context, end } = contextFor(definition, info, place)
  return runBeside(definition, args, context).finally(end)
}
