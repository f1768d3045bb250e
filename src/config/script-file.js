const WRITABLE_BY_OTHERS = 0o022;
const EXECUTABLE = 0o111;
const STICKY = 0o1000;
/**
 * Why a script must not be run, or null. Whoever can change the file, or put another in the place of it or of a
 * directory above, can run commands as its user: so only root may (as keepalived's enable_script_security).
 */
export function scriptFault(facts) {
    if (facts.kind === 'missing')
        return 'which does not exist';
    if (facts.kind === 'no-file')
        return 'which is no regular file';
    const { steps } = facts;
    const file = steps.at(-1);
    if (file !== undefined && (file.mode & EXECUTABLE) === 0)
        return 'which is not executable';
    for (const step of steps) {
        const what = step === file ? 'which' : `which is in ${step.path}, and that`;
        // In a sticky directory (/tmp) others can add files, but not replace this one.
        const sticky = step !== file && (step.mode & STICKY) !== 0;
        if ((step.mode & WRITABLE_BY_OTHERS) !== 0 && !sticky)
            return `${what} is writable by others than its owner`;
        if (step.uid !== 0)
            return `${what} belongs to user ${step.uid}, not to root`;
    }
    return null;
}
