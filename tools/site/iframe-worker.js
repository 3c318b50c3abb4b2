// Search on pages that are opened from a disk: browsers start no worker there, so a hidden frame does its work.
// The theme's search asks for what is here and no more: one script, messages to and fro.
if (location.protocol === "file:") {
  window.IFrameWorker = class extends EventTarget {
    constructor(script) {
      super();
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      document.body.append(this.frame);
      const inside = this.frame.contentWindow;
      inside.postMessage = data => this.dispatchEvent(new MessageEvent("message", { data }));
      inside.importScripts = async (...urls) => {
        for (const url of urls) await this.load(url);
      };
      this.ready = this.load(script);
    }

    load(url) {
      return new Promise((resolve, reject) => {
        const element = this.frame.contentDocument.createElement("script");
        element.onload = resolve;
        element.onerror = () => reject(new Error(`cannot load ${url}`));
        element.src = url;
        this.frame.contentDocument.body.append(element);
      });
    }

    async postMessage(data) {
      await this.ready;
      this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }));
    }

    terminate() {
      this.frame.remove();
    }
  };
  window.Worker = window.IFrameWorker;
}
