// The plain page that stands for JupyterLab in the tests: what a view saves is kept until Python's side takes it.

class HostedModel extends Model {
  changed = {}; // what the view has set and not yet saved
  saved = [];

  set(name, value) {
    if (this.state[name] !== value) this.changed[name] = value;
    super.set(name, value);
  }

  save_changes() {
    if (Object.keys(this.changed).length) this.saved.push(this.changed);
    this.changed = {};
  }

  takeSaved() { return this.saved.splice(0); }

  /** What Python says, as in JupyterLab: all of it is there before a view hears of any of it. */
  receive(state) {
    const news = Object.keys(state).filter((name) => JSON.stringify(this.state[name]) !== JSON.stringify(state[name]));
    Object.assign(this.state, state);
    for (const name of news) for (const listener of [...(this.listeners.get(`change:${name}`) || [])]) listener();
  }
}

const host = {
  async start() {
    const given = (id) => JSON.parse(document.getElementById(id).textContent);
    this.model = new HostedModel(given("state"));
    // As anywidget does it: a module without an address of its own.
    this.module = await import(URL.createObjectURL(new Blob([given("esm")], { type: "text/javascript" })));
    this.draw();
  },

  /** Draw one more view of the same model. */
  draw() {
    const el = document.createElement("div");
    document.querySelector("main").append(el);
    this.module.default.render({ model: this.model, el });
  },
};
