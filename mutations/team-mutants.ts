/** Mutants of the teams of chat agents: of their runs, their graphs and their saved state. */
import type { Mutant } from './mutants.ts'

const shown = (name: string) => `test/${name.includes('tools/') ? '' : 'agentchat/'}${name}.test.ts`

type Edits = readonly (readonly [file: string, from: string, to: string])[]

function mutant(name: string, edits: Edits, ...tests: readonly string[]): Mutant {
  return { line: 'teams', name, edits, tests: tests.map(shown) }
}

export const TEAM_MUTANTS: readonly Mutant[] = [
  mutant(
    'an answer that was committed when its run was cut is not heard of',
    [
      [
        'src/agentchat/conversations/speaker-agent.ts',
        'answer?.ask === ask ? answer : null',
        'null',
      ],
    ],
    'cut-anywhere',
  ),
  mutant(
    'a turn that failed leaves what it has heard in its agent’s history',
    [
      [
        'src/agentchat/conversations/speaker-agent.ts',
        '    history.restore(before)\n    kept.state = before.state\n',
        '',
      ],
    ],
    'team-edges',
  ),
  mutant(
    'a run that is ended by time or from outside waits for those who speak',
    [
      [
        'src/agentchat/conversations/controlled-run.ts',
        'this.#over.abort(new Error(reason.text)) // which cancels its task',
        '',
      ],
    ],
    'team',
  ),
  mutant(
    'a run that is cut while its flow decides forgets its task',
    [
      [
        'src/agentchat/machine/team-machine.ts',
        "return this.#ask(news ?? { kind: 'goes-on' })",
        "this.#state.news = null\n    return this.#ask(news ?? { kind: 'goes-on' })",
      ],
      [
        'src/agentchat/machine/team-machine.ts',
        "if (isTask) state.news = { kind: 'task', messages }\n    return []",
        "if (isTask) state.news = { kind: 'task', messages }\n    return this.decide()",
      ],
    ],
    'control',
  ),
  mutant(
    'an answer of a human is forgotten when the run is cut before the answer is used',
    [
      [
        'src/agentchat/machine/team-machine.ts',
        'answers: answers[to] ?? {},',
        'answers: takenOut(answers, to),',
      ],
      [
        'src/agentchat/machine/team-machine.ts',
        'function takeAnswers(',
        'function takenOut(answers: Record<string, Answers>, to: string): Answers {\n  const answer = answers[to] ?? {}\n  delete answers[to]\n  return answer\n}\n\nfunction takeAnswers(',
      ],
    ],
    'control',
  ),
  mutant(
    'a flow that decides while its run pauses is waited for',
    [
      [
        'src/agentchat/conversations/controlled-run.ts',
        'for (const { type, key } of kept.undecided) {',
        'for (const { type, key } of kept.undecided.slice(9)) {',
      ],
    ],
    'control',
  ),
  mutant(
    'a paused run asks the next',
    [
      [
        'src/agentchat/machine/team-machine.ts',
        "      run.status = 'paused'\n      return []\n",
        '',
      ],
    ],
    'cut-anywhere',
  ),
  mutant(
    'a condition goes on with what it remembers of an earlier run',
    [
      [
        'src/agentchat/machine/team-machine.ts',
        '...(goesOn && countsOf(before)) }',
        '...(before !== null && { condition: before.condition }), ...(goesOn && countsOf(before)) }',
      ],
    ],
    'team',
  ),
  mutant(
    'a step is looked at when the first has spoken',
    [
      [
        'src/agentchat/machine/team-machine.ts',
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
        'src/agentchat/machine/team-machine.ts',
        'const again = silentIn(step)',
        'const again = [...step.names]',
      ],
    ],
    'cut-anywhere',
  ),
  mutant(
    'an edge is taken beyond its cap',
    [['src/agentchat/graph/graph-flow.ts', 'return most === undefined ||', 'return true ||']],
    'autogen/graph-teams',
  ),
  mutant(
    'a join runs with the first branch that comes',
    [['src/agentchat/graph/graph-flow.ts', "if (activation === 'any') return true", 'return true']],
    'graph/random-graphs',
  ),
  mutant(
    'a graph that says the same again and again goes on',
    [['src/agentchat/graph/graph-flow.ts', 'const SAME_STEPS = 3', 'const SAME_STEPS = 3_000']],
    'graph/graph-flow',
  ),
  mutant(
    'a filter lets through in the order of its list',
    [
      [
        'src/agentchat/machine/message-filter.ts',
        'return messages.filter((_, at) => kept.has(at))',
        'return [...kept].map((at) => messages[at] as ChatMessage)',
      ],
    ],
    'message-filter',
  ),
  mutant(
    'what a team within a team uses is not counted',
    [
      [
        'src/agentchat/conversations/manager-below.ts',
        'const used = sinceTold(run, asked.told)',
        'const used = NOTHING_SPENT',
      ],
    ],
    'team-edges',
  ),
  mutant(
    'results of tools stand in the order in which they ended',
    [
      [
        'src/tools/tool-calls.ts',
        'return Promise.all(calls.map((call) => results.get(call) as Promise<ToolResult>))',
        'const ended: ToolResult[] = []\n  await Promise.all([...results.values()].map(async (one) => ended.push(await one)))\n  return ended',
      ],
    ],
    'tools/tool',
  ),
  mutant(
    'one conversation is run by two at once',
    [['src/agentchat/conversations/manager-state.ts', 'run.owner !== owner', 'false']],
    'team-edges',
  ),
  mutant(
    'what is saved of a graph has no marks of the edges that were taken',
    [
      [
        'src/agentchat/conversations/manager-state.ts',
        'structuredClone(saved.state)',
        '{ ...structuredClone(saved.state), flow: { ...flow.initial } }',
      ],
    ],
    'autogen/graph-teams',
  ),
  mutant(
    'a call out is waited for, whatever its signal says',
    [
      [
        'src/agents/call-out.ts',
        'const value = await untilAborted(\n    (async () => call())(), // a call that throws rejects\n    signal,\n  )',
        'const value = await untilAborted((async () => call())(), undefined)',
      ],
    ],
    'not-listening',
  ),
  mutant(
    'a tool begins though its run was cancelled',
    [['src/agents/call-out.ts', '  signal.throwIfAborted()\n', '']],
    'not-listening',
  ),
  mutant(
    'an agent that was cut goes on to write into its history',
    [['src/agentchat/agents/turn-context.ts', '    isClosed = true\n', '']],
    'not-listening',
  ),
  mutant(
    'a structured message keeps what comes out of its schema',
    [
      [
        'src/agentchat/messages/structured.ts',
        "return { kind: 'fits', content: copied.value }",
        "return { kind: 'fits', content: checked.value }",
      ],
    ],
    'structured',
  ),
  mutant(
    'a model is shown what comes out of a schema',
    [['src/messages/json-schema.ts', "io: 'input'", "io: 'output'"]],
    'tools/tool',
  ),
]
