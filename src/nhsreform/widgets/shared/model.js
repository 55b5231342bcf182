// A widget's model where no kernel is: on the pages of the reading edition, and in the tests.

/** The part of a widget's model that the pack's widgets use, kept in the page alone. */
class Model {
  constructor(state) {
    this.state = state;
    this.listeners = new Map();
  }

  get(name) { return this.state[name]; }

  set(name, value) {
    if (this.state[name] === value) return;
    this.state[name] = value;
    for (const listener of [...(this.listeners.get(`change:${name}`) || [])]) listener();
  }

  on(event, listener) { this.listeners.set(event, [...(this.listeners.get(event) || []), listener]); }

  off(event, listener) {
    this.listeners.set(event, (this.listeners.get(event) || []).filter((each) => each !== listener));
  }

  save_changes() {}

  send() {}
}
