// Once per test run: nothing yet.
export default function setup(): void {}
