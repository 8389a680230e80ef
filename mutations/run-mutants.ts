/**
 * Mutants of the runs of teams: those that are part of another one, those that calls steer,
 * interrupt or wait for, and those that turns begin.
 */
import type { Mutant } from './mutants.ts'

const shown = (name: string) => `test/agentchat/${name}.test.ts`

type Edits = readonly (readonly [file: string, from: string, to: string])[]

function mutant(name: string, edits: Edits, ...tests: readonly string[]): Mutant {
  return { line: 'teams', name, edits, tests: tests.map(shown) }
}

export const RUN_MUTANTS: readonly Mutant[] = [
  mutant(
    'a team that is asked the same again begins its run anew',
    [
      [
        'src/agentchat/conversations/manager-below.ts',
        'state.asked?.about === about',
        'state.asked?.about === -1',
      ],
    ],
    'nested',
  ),
  mutant(
    'a team forgets what it was asked with when another task drops that',
    [
      [
        'src/agentchat/conversations/manager-below.ts',
        'return new Set(since.map(({ id }) => id))',
        "return new Set(since.map(() => ''))",
      ],
    ],
    'nested-misuse',
  ),
  mutant(
    'the time of a team within a team ends the whole run',
    [
      [
        'src/runtime/task-handle.ts',
        '[CANCEL_PART]: (reason, of) => cancel(task, reason, of)',
        '[CANCEL_PART]: (reason) => cancel(task, reason)',
      ],
    ],
    'nested',
  ),
  mutant(
    'the time of a team within a team goes on with its next run',
    [
      ['src/agentchat/conversations/controlled-run.ts', '    this.#alarms.get(key)?.()\n', ''],
      [
        'src/agentchat/conversations/controlled-run.ts',
        'this.#isOver || kept.token !== token',
        'this.#isOver',
      ],
      [
        'src/agentchat/conversations/controlled-run.ts',
        'kept.look(looking, { token, beganAt: 0 }, member.clock)',
        'kept.look(looking, { token: kept.token ?? token, beganAt: 0 }, member.clock)',
      ],
      [
        'src/agentchat/conversations/controlled-run.ts',
        'Cut({ token, reason, tells: true })',
        'Cut({ token: kept.token ?? token, reason, tells: true })',
      ],
    ],
    'nested',
  ),
  mutant(
    'a cut does not go down to the teams below',
    [
      [
        'src/agentchat/conversations/parts-below.ts',
        'answer === null && to.members.size > 0',
        'answer === null && to.members.size < 0',
      ],
    ],
    'nested-misuse',
  ),
  mutant(
    'what a team had used when it was cut is told again',
    [
      [
        'src/agentchat/conversations/manager-agent.ts',
        'state.asked = { ...asked, told: { usage, toolCalls }, isOpen: false }',
        'state.asked = { ...asked, isOpen: false }',
      ],
    ],
    'nested-misuse',
  ),
  mutant(
    'what a turn that asks had used when it was cut is told again',
    [
      [
        'src/agentchat/conversations/suspended-turn.ts',
        'turn.state.suspended = { ...suspended, spent: NOTHING_SPENT }',
        'turn.state.suspended = { ...suspended }',
      ],
    ],
    'nested-misuse',
  ),
  mutant(
    'a team within a team has a budget of its own alone',
    [
      [
        'src/agentchat/conversations/manager-agent.ts',
        'return mostOf(turn.state.asked ?? asked)',
        'return undefined',
      ],
    ],
    'nested',
  ),
  mutant(
    'what one ask of a turn has used, the next may use again',
    [
      [
        'src/agentchat/conversations/suspended-turn.ts',
        'left.toolCalls - spent.toolCalls',
        'left.toolCalls',
      ],
    ],
    'nested',
  ),
  mutant(
    'a team is asked again before it has answered',
    [
      [
        'src/agentchat/conversations/suspended-turn.ts',
        'isDone(one.answer) || busy.has(one.to)',
        'isDone(one.answer)',
      ],
    ],
    'nested-misuse',
  ),
  mutant(
    'a turn that another task drops has heard its messages',
    [
      [
        'src/agentchat/conversations/speaker-agent.ts',
        '  new KeptHistory(kept.history, null).restore(before)\n',
        '',
      ],
    ],
    'nested-misuse',
  ),
  mutant(
    'the answer of one of two humans is dropped',
    [
      [
        'src/agentchat/machine/team-machine.ts',
        'if (given.length === 0) continue',
        'if (given.length < outcome.requests.length) continue',
      ],
    ],
    'nested',
  ),
  mutant(
    'a model does not see what its run is told meanwhile',
    [
      [
        'src/agentchat/machine/team-machine.ts',
        'this.#state.step?.asks[by] === ask ? this.#thread.read(from)',
        'this.#state.step?.asks[by] === -1 ? this.#thread.read(from)',
      ],
    ],
    'busy',
  ),
  mutant(
    'what a speaker was told meanwhile, it hears again',
    [
      [
        'src/agentchat/machine/team-machine.ts',
        'if (heard !== undefined) step.heard[by] = heard\n',
        '',
      ],
    ],
    'busy',
  ),
  mutant(
    'what a team was told meanwhile, it hears again',
    [['src/agentchat/conversations/manager-agent.ts', '      machine.told(name)\n', '']],
    'busy',
  ),
  mutant(
    'a task whose run has ended before it came has the result of that run',
    [
      [
        'src/agentchat/conversations/controlled-run.ts',
        'return this.#read(runtime).holds(messages)',
        'return true',
      ],
    ],
    'busy',
  ),
  mutant(
    'a call that waits begins before the run has ended',
    [
      [
        'src/agentchat/conversations/conversation.ts',
        'const isNext = await this.#line.wait(',
        'const isNext = true || this.#line.wait(',
      ],
    ],
    'busy',
  ),
  mutant(
    'a call that interrupts waits for the run',
    [
      [
        'src/agentchat/conversations/conversation.ts',
        'this.#run?.end(interrupted())',
        'this.#run?.gate.open()',
      ],
    ],
    'busy',
  ),
  mutant(
    'a call that interrupts waits for those that wait',
    [
      [
        'src/agentchat/runs/run-line.ts',
        "call === 'waits' ? this.#last : this.#first",
        'this.#last',
      ],
    ],
    'busy',
  ),
  mutant(
    'a task is lost whose run was interrupted before it had begun',
    [
      [
        'src/agentchat/conversations/conversation.ts',
        'this.#unsaid = messages',
        'this.#unsaid = []',
      ],
    ],
    'busy',
  ),
  mutant(
    'a run that a turn waits for is held back when the runtime is full',
    [
      [
        'src/agentchat/conversations/controlled-run.ts',
        'message.name === Begin.name && this.#parts.began === undefined',
        'message.name === Begin.name',
      ],
    ],
    'from-a-turn',
  ),
  mutant(
    'a lane in quarantine holds back a run that its turn waits for',
    [
      [
        'src/router/fleet/quarantine.ts',
        'return isAsked(caller) || task.awaited > 0\n',
        'return isAsked(caller)\n',
      ],
    ],
    'from-a-turn',
  ),
  mutant(
    'a run that a turn has asked for begins again when the turn runs again',
    [['src/agentchat/teams/team-runner.ts', 'turn.idempotencyKey(', 'Math.random() + (']],
    'from-a-turn',
  ),
  mutant(
    'the second run that a turn begins waits for the first',
    [
      [
        'src/agentchat/teams/team-runner.ts',
        'this.#asked.set(turn, asked + 1)',
        'this.#asked.set(turn, asked)',
      ],
    ],
    'from-a-turn',
  ),
  mutant(
    'nobody is told of a run that could not begin',
    [
      [
        'src/agentchat/teams/team-runner.ts',
        'return nothingSaid(failure(this.#team, error))',
        'throw error',
      ],
    ],
    'from-a-turn',
  ),
  mutant(
    'a run goes on whose turn was cancelled',
    [
      [
        'src/agentchat/teams/team-runner.ts',
        'own[RUN_FOR]({ ...options, signal }',
        'own[RUN_FOR](options',
      ],
    ],
    'from-a-turn',
  ),
  mutant(
    'a turn goes on when the first of those that it has asked has answered',
    [
      [
        'src/agentchat/conversations/speaker-agent.ts',
        'suspended.asks.some(({ ask, answer }) => ask !== null && answer === null)',
        'suspended.asks.every(({ ask, answer }) => ask !== null && answer === null)',
      ],
    ],
    'nested-misuse',
  ),
  mutant(
    'what a cut run has used in teams below is not counted',
    [
      [
        'src/agentchat/conversations/kept-run.ts',
        'return [suspended?.spent.usage ?? NO_USAGE, ...runs].reduce(addUsage)',
        'return runs.length < 0 ? NO_USAGE : (suspended?.spent.usage ?? NO_USAGE)',
      ],
    ],
    'nested-misuse',
  ),
  mutant(
    'an outer run goes on whose tool calls a team within it has used up',
    [
      [
        'src/agentchat/conversations/manager-below.ts',
        'if (isOuterBudget(member, asked, reason))',
        'if (isOuterBudget(member, asked, reason) && ask < 0)',
      ],
    ],
    'nested-misuse',
  ),
  mutant(
    'what a team below is told is shown again',
    [
      [
        'src/agentchat/machine/team-machine.ts',
        'given.filter(({ id }) => !known.has(id))\n    if (!isPart) for',
        'given.filter(({ id }) => !known.has(id))\n    for',
      ],
    ],
    'busy',
    'nested',
  ),
  mutant(
    'a team below is not told what its run is',
    [
      [
        'src/agentchat/conversations/manager-agent.ts',
        '      steerBelow(turn, to, ask, messages, turn.state.watched)\n',
        '',
      ],
    ],
    'busy',
  ),
]
