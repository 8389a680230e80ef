/** The same for teams of chat agents: what must hold of their runs, their graphs and what they keep. */
import type { Mutant } from './mutants.ts'

const team = (file: string) => `src/agentchat/${file}.ts`
const shown = (name: string) => `test/agentchat/${name}.test.ts`

type Edits = readonly (readonly [file: string, from: string, to: string])[]

function mutant(name: string, edits: Edits, ...tests: readonly string[]): Mutant {
  const files = edits.map(([file, from, to]) => [team(file), from, to] as const)
  return { line: 'teams', name, edits: files, tests: tests.map(shown) }
}

export const TEAM_MUTANTS: readonly Mutant[] = [
  mutant(
    'an answer that was committed when its run was cut is not heard of',
    [['speaker-agent', 'answer?.ask === ask ? answer : null', 'null']],
    'cut-anywhere',
  ),
  mutant(
    'a turn that failed leaves what it has heard in its agent’s history',
    [['speaker-agent', '    takeBack()\n', '']],
    'team-edges',
  ),
  mutant(
    'a run that is ended by time or from outside waits for those who speak',
    [['conversation', "run.task?.cancel('its run has ended')", '']],
    'team',
  ),
  mutant(
    'a paused run asks the next',
    [['team-machine', "      run.status = 'paused'\n      return []\n", '']],
    'cut-anywhere',
  ),
  mutant(
    'a condition goes on with what it remembers of an earlier run',
    [
      [
        'team-machine',
        'condition: this.#plan.stopWhen?.initial ?? null',
        'condition: before?.condition ?? this.#plan.stopWhen?.initial ?? null',
      ],
    ],
    'team',
  ),
  mutant(
    'a step is looked at when the first has spoken',
    [
      [
        'team-machine',
        "run.status === 'ended' || silentIn(step).length > 0",
        "run.status === 'ended'",
      ],
    ],
    'autogen/team-plumbing',
  ),
  mutant(
    'who had spoken in a step that was cut is asked again',
    [
      [
        'team-machine',
        "step.names.filter((name) => step.outcomes[name]?.kind !== 'message')",
        '[...step.names]',
      ],
    ],
    'cut-anywhere',
  ),
  mutant(
    'an edge is taken beyond its cap',
    [['graph/graph-flow', 'return most === undefined ||', 'return true ||']],
    'autogen/graph-teams',
  ),
  mutant(
    'a join runs with the first branch that comes',
    [['graph/graph-flow', "if (activation === 'any') return true", 'return true']],
    'graph/random-graphs',
  ),
  mutant(
    'a graph that says the same again and again goes on',
    [['graph/graph-flow', 'const SAME_STEPS = 3', 'const SAME_STEPS = 3_000']],
    'graph/graph-flow',
  ),
  mutant(
    'a filter lets through in the order of its list',
    [
      [
        'message-filter',
        'return messages.filter((_, at) => kept.has(at))',
        'return [...kept].map((at) => messages[at] as ChatMessage)',
      ],
    ],
    'message-filter',
  ),
  mutant(
    'what a team within a team uses is not counted',
    [['team-within', 'new Purse(left, outer.spending)', 'new Purse(left)']],
    'team-edges',
  ),
  mutant(
    'results of tools stand in the order in which they ended',
    [
      [
        'tool',
        'return Promise.all(calls.map((call) => results.get(call) as Promise<ToolResult>))',
        'const ended: ToolResult[] = []\n  await Promise.all([...results.values()].map(async (one) => ended.push(await one)))\n  return ended',
      ],
    ],
    'tool',
  ),
  mutant(
    'one conversation is run by two at once',
    [['manager-agent', 'run.owner !== owner', 'false']],
    'team-edges',
  ),
  mutant(
    'what is saved of a graph has no marks of the edges that were taken',
    [
      [
        'manager-agent',
        'structuredClone(saved.state)',
        '{ ...structuredClone(saved.state), flow: { ...flow.initial } }',
      ],
    ],
    'autogen/graph-teams',
  ),
  mutant(
    'whoever calls out waits on, whatever its signal says',
    [
      [
        'call-out',
        'const value = await untilAborted(\n    (async () => call())(), // a call that throws rejects\n    signal,\n  )',
        'const value = await untilAborted((async () => call())(), undefined)',
      ],
    ],
    'not-listening',
  ),
  mutant(
    'a tool begins though its run was cancelled',
    [['call-out', '  signal.throwIfAborted()\n', '']],
    'not-listening',
  ),
  mutant(
    'an agent that was cut goes on to write into its history',
    [['turn-context', '    isClosed = true\n', '']],
    'not-listening',
  ),
  mutant(
    'a structured message keeps what comes out of its schema',
    [
      [
        'structured',
        "return { kind: 'fits', content: copied.value }",
        "return { kind: 'fits', content: checked.value }",
      ],
    ],
    'structured',
  ),
  mutant(
    'a model is shown what comes out of a schema',
    [['json-schema', "io: 'input'", "io: 'output'"]],
    'tool',
  ),
]
