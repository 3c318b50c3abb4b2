// Compares a Grafana dashboard, on standard input, with Grafana's own schema: every field, of the panels and the
// queries, too. Prints what does not fit; ends with 1 then.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func main() {
	plugins.RegisterDefaultPlugins()
	raw, err := io.ReadAll(os.Stdin)
	if err != nil {
		fail(err)
	}
	board := dashboard.Dashboard{}
	check(board.UnmarshalJSONStrict(raw))
	check(board.Validate())
	// By themselves, since a board keeps none whose list of errors is empty.
	var parts struct{ Panels []json.RawMessage }
	if err := json.Unmarshal(raw, &parts); err != nil {
		fail(err)
	}
	for _, part := range parts.Panels {
		panel := dashboard.Panel{}
		check(panel.UnmarshalJSONStrict(part))
		check(panel.Validate())
		if _, known := cog.ConfigForPanelcfgVariant(panel.Type); !known {
			fail(fmt.Errorf("a panel of type %q, which the schema does not know", panel.Type))
		}
	}
	fmt.Printf("%d panels fit the schema\n", len(parts.Panels))
}

// Where all is well the error may be an empty list.
func check(err error) {
	if err != nil && err.Error() != "" {
		fail(err)
	}
}

func fail(err error) {
	fmt.Println(err)
	os.Exit(1)
}
