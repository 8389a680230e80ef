/** An error that the user of a program can fix. It is printed in one line, without a stack. */
export class CommandError extends Error {
  /** 2: the command line is wrong, and nothing was done. 1: the work failed. */
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2) {
    super(message)
    this.name = 'CommandError'
    this.exitCode = exitCode
  }
}

export function usageError(message: string): CommandError {
  return new CommandError(message, 2)
}

/** The system's code of an error, such as `ENOENT`, or `undefined` if it is not a system error. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined
  return String(error.code)
}
